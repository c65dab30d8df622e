"""InfoM, InfoC and InfoE."""

import warnings

import numpy as np

from tfgen.metrics.factors.information import (
    active_latents,
    checked,
    is_discrete,
    normalised_information,
)

_STEPS = 100  # of the logistic regression's solver


def info_mec(codes: np.ndarray, factors: np.ndarray) -> dict[str, float]:
    """Return modularity, compactness and explicitness: `{"InfoM", "InfoC", "InfoE"}`.

    With N the normalised information `[latents, factors]` of the active latents,

        InfoM = (mean over latents of max_j N_ij / sum_j N_ij - 1/F) / (1 - 1/F)
        InfoC = (mean over factors of max_i N_ij / sum_i N_ij - 1/L) / (1 - 1/L)
        InfoE = mean over factors of 1 - H(factor | codes) / log(its number of values)

    for F factors and L active latents: whether a latent says something of one factor only, whether
    a factor is in one latent only, and how much of the factors can be read from the latents at
    once, H being the cross-entropy of a logistic regression without penalty, on all codes, indices
    as one-hot vectors, with the classes balanced. A latent, or factor, without any information
    counts as spread evenly; with one active latent InfoC is 1, with none all three are 0.

    Args:
        codes: `[count, latents]`, floats or integers.
        factors: integers `[count, factors]`.

    Raises:
        ValueError: for NaN, factors that do not vary, and shapes that don't fit.

    Reference: Hsu et al. 2023, arXiv 2305.18378, section 4.

    Example:
        >>> factors = np.stack(np.meshgrid(np.arange(2), np.arange(3)), -1).reshape(-1, 2)
        >>> {name: round(value, 2) for name, value in info_mec(factors, factors).items()}
        {'InfoM': 1.0, 'InfoC': 1.0, 'InfoE': 1.0}
    """
    latents, values = checked("info_mec", codes, factors)
    return of_information(latents, values, normalised_information(latents, values))


def of_information(codes, factors, information):
    """Return what `info_mec` does, for the normalised information `[latents, factors]`."""
    active = active_latents(codes)
    found = information[active]
    return {
        "InfoM": _concentration(found),
        "InfoC": 1.0 if len(found) == 1 else _concentration(found.T),
        "InfoE": explicitness(codes, factors) if active.any() else 0.0,
    }


def explicitness(codes, factors):
    """Return InfoE of what is checked."""
    inputs = _one_hot(codes) if is_discrete(codes) else _standardised(codes)
    return float(np.mean([_explained(inputs, factor) for factor in factors.T]))


def _concentration(information):
    """How much the largest of each row makes of it: 0 for all alike, 1 for one alone."""
    if not information.size:
        return 0.0
    count = information.shape[1]
    sums = information.sum(axis=1)
    shares = np.full(len(information), 1 / count)
    np.divide(information.max(axis=1), sums, out=shares, where=sums > 0)
    return float((shares.mean() - 1 / count) / (1 - 1 / count))


def _explained(inputs, factor):
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import log_loss

    model = LogisticRegression(C=np.inf, class_weight="balanced", max_iter=_STEPS)
    with warnings.catch_warnings():
        # Where classes can be told apart for sure, there is no end to converge to.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(inputs, factor)
    nats = log_loss(factor, model.predict_proba(inputs))
    # What one gets without codes, the classes being balanced.
    return max(0.0, 1.0 - nats / np.log(len(model.classes_)))


def _one_hot(codes):
    return np.concatenate([code[:, None] == np.unique(code) for code in codes.T], axis=1) * 1.0


def _standardised(codes):
    deviations = codes.std(axis=0)
    return (codes - codes.mean(axis=0)) / np.where(deviations > 0, deviations, 1.0)
