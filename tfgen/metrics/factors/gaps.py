"""MIG and SAP: how far the latent that knows most of a factor is before the next."""

import numpy as np

from tfgen.metrics.factors.information import checked, entropy, information, is_discrete

BINS = 20


def mig(codes: np.ndarray, factors: np.ndarray) -> float:
    """Return the mutual information gap, from 0 to 1: the mean over factors of

        (largest I(latent; factor) - second largest) / H(factor)

    Floats are counted in 20 bins of equal width from the lowest to the highest.

    Args:
        codes: `[count, latents]`, floats or integers.
        factors: integers `[count, factors]`.

    Raises:
        ValueError: for NaN, factors that do not vary, and shapes that don't fit.

    Reference: Chen et al. 2018, "Isolating sources of disentanglement in VAEs", arXiv 1802.04942,
        section 4; with the mean codes and bins of Locatello et al. 2018, arXiv 1811.12359.

    Example:
        >>> factors = np.stack(np.meshgrid(np.arange(2), np.arange(3)), -1).reshape(-1, 2)
        >>> round(mig(factors.astype(float), factors), 3)
        1.0
    """
    latents, values = checked("mig", codes, factors)
    indices = (
        latents if is_discrete(latents) else np.stack([_binned(c) for c in latents.T], axis=-1)
    )
    entropies = [entropy(factor) for factor in values.T]
    return float(np.mean(_gaps(information(indices, values)) / entropies))


def sap(codes: np.ndarray, factors: np.ndarray) -> float:
    """Return the separated attribute predictability, from 0 to 1: the mean over factors of

        (highest accuracy of a latent - second highest)

    of linear support vector machines (C = 0.01, classes balanced) that read the factor from one
    standardised latent: trained on every other example, tested on those between.

    Args:
        codes: `[count, latents]`, floats or integers.
        factors: integers `[count, factors]`.

    Raises:
        ValueError: for NaN, factors that do not vary, and shapes that don't fit.

    Reference: Kumar et al. 2017, "Variational inference of disentangled latent concepts", arXiv
        1711.00848, section 4; with the machines of Locatello et al. 2018, arXiv 1811.12359.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> factors = rng.integers(0, 2, (200, 2))
        >>> sap(factors.astype(float), factors) > 0.3
        True
    """
    latents, values = checked("sap", codes, factors)
    accuracies = np.array([[_accuracy(code, factor) for factor in values.T] for code in latents.T])
    return float(np.mean(_gaps(accuracies)))


def _gaps(scores):
    """The differences of the two highest rows in each column; one row has nothing beside it."""
    padded = np.concatenate([np.sort(scores, axis=0), np.zeros((1, scores.shape[1]))])
    first, second = (padded[-2], padded[-3]) if len(scores) > 1 else (padded[0], padded[1])
    return first - second


def _binned(code):
    edges = np.histogram_bin_edges(code, BINS)
    return np.digitize(code, edges[1:-1])


def _accuracy(code, factor):
    from sklearn.svm import LinearSVC

    deviation = code.std()
    if not deviation:
        return np.unique(factor, return_counts=True)[1].max() / len(factor)
    inputs = ((code - code.mean()) / deviation)[:, None]
    model = LinearSVC(C=0.01, class_weight="balanced", dual=False, random_state=0)
    return model.fit(inputs[::2], factor[::2]).score(inputs[1::2], factor[1::2])
