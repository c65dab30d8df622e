"""What one latent says about one factor."""

import numpy as np

NEIGHBOURS = 10
ACTIVE = 1 / 20  # of the largest range, below which a latent says nothing


def normalised_information(codes: np.ndarray, factors: np.ndarray) -> np.ndarray:
    """Return I(latent; factor) / H(factor), float64 `[latents, factors]`.

    From 0 to 1, but for the error of the estimate. Of indices it is the plug-in one; of floats that
    of Ross with 10 neighbours, never below 0.

    Args:
        codes: `[count, latents]`, floats or integers.
        factors: integers `[count, factors]`.

    Raises:
        ValueError: for NaN, factors that do not vary, and shapes that don't fit.

    Reference: Hsu et al. 2023, "Disentanglement via latent quantization", arXiv 2305.18378,
        section 4; Ross 2014, "Mutual information between discrete and continuous data sets".

    Example:
        >>> factors = np.stack(np.meshgrid(np.arange(2), np.arange(3)), -1).reshape(-1, 2)
        >>> normalised_information(factors[:, :1], factors).round(3).tolist()
        [[1.0, 0.0]]
    """
    latents, values = checked("normalised_information", codes, factors)
    entropies = [entropy(factor) for factor in values.T]
    return information(latents, values) / entropies


def active_latents(codes: np.ndarray) -> np.ndarray:
    """Return which latents count, bool `[latents]`: see the package.

    Example:
        >>> active_latents(np.array([[0.0, 0.0, 5.0], [10.0, 0.1, 5.0]])).tolist()
        [True, False, False]
    """
    codes = np.asarray(codes)
    ranges = codes.max(axis=0) - codes.min(axis=0)
    return ranges > 0 if is_discrete(codes) else ranges > ACTIVE * ranges.max()


def information(codes, factors):
    """Return I(latent; factor) in nats, `[latents, factors]`, for what is checked."""
    measure = _of_indices if is_discrete(codes) else _of_floats
    return np.array([[measure(code, factor) for factor in factors.T] for code in codes.T])


def entropy(values):
    """Return the entropy of integers `[count]` in nats, by their frequencies."""
    shares = np.unique(values, return_counts=True)[1] / len(values)
    return float(-np.sum(shares * np.log(shares)))


def is_discrete(codes):
    """Whether codes are indices."""
    return codes.dtype.kind in "iu"


def checked(owner, codes, factors):
    """Return codes, float64 or int64, and factors, int64; raise `ValueError` where they are bad."""
    codes, factors = np.asarray(codes), np.asarray(factors)
    _check_form(owner, codes, factors)
    if codes.dtype.kind == "f" and not np.isfinite(codes).all():
        raise ValueError(
            f"{owner} received codes with NaN or infinite values: expected finite numbers. See "
            "whether the training diverged."
        )
    constant = [i for i, factor in enumerate(factors.T) if (factor == factor[:1]).all()]
    if constant:
        raise ValueError(
            f"{owner} received factors of which number {constant[0]} does not vary: expected two "
            "values at least. Leave its column out."
        )
    return codes.astype(np.int64 if is_discrete(codes) else np.float64), factors.astype(np.int64)


def _check_form(owner, codes, factors):
    matrices = codes.ndim == factors.ndim == 2 and codes.size and codes.dtype.kind in "iuf"
    if not matrices or len(codes) != len(factors):
        raise ValueError(
            f"{owner} received codes {codes.dtype} {codes.shape} and factors {factors.shape}: "
            "expected numbers [count, latents] and integers [count, factors] of one count. "
            "Flatten the latents of each example."
        )
    if factors.dtype.kind not in "iu" or factors.shape[1] < 2:
        raise ValueError(
            f"{owner} received factors of dtype {factors.dtype} and shape {factors.shape}: "
            "expected integers [count, factors] for 2 factors or more. Number the values of each."
        )


def _of_indices(code, factor):
    return max(entropy(code) + entropy(factor) - _joint_entropy(code, factor), 0.0)


def _joint_entropy(code, factor):
    low, span = factor.min(), np.ptp(factor) + 1
    return entropy(code * span + factor - low)


def _of_floats(code, factor):
    from sklearn.feature_selection import mutual_info_classif  # only here: slow to import

    found = mutual_info_classif(
        code[:, None], factor, discrete_features=False, n_neighbors=NEIGHBOURS, random_state=0
    )
    return float(found[0])
