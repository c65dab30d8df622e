"""The Fréchet distance between Gaussians fitted to real and fake features."""

from typing import NamedTuple

import numpy as np

from tfgen.metrics import feature_sets
from tfgen.metrics.feature_sets import Features


class Moments(NamedTuple):
    """Mean and covariance of a set of features.

    Attributes:
        count: number of examples, n.
        mean: float64 `[d]`.
        covariance: float64 `[d, d]`, unbiased (divided by n - 1).
    """

    count: int  # type: ignore[assignment]  # tuples have a method of that name
    mean: np.ndarray
    covariance: np.ndarray


def moments(features: Features) -> Moments:
    """Return mean and covariance of features, of any number of examples in `d * d` numbers.

    Keep those of the real data to compare many generators with. Batches are merged by deviations
    from their own means, so that a large mean does not drown a small variance, and the batching
    changes the result by rounding only.

    Args:
        features: array `[n, d]`, or an iterable of batches of it; n at least 2.

    Returns:
        Moments.

    Raises:
        ValueError: for fewer than 2 examples, wrong shapes, NaN or infinite numbers.

    Reference:
        Chan, Golub and LeVeque 1983, "Algorithms for computing the sample variance", eq. 2.1,
        here for covariances.

    Example:
        >>> moments(np.array([[0.0, 1.0], [2.0, 1.0]])).covariance.tolist()
        [[2.0, 0.0], [0.0, 0.0]]
    """
    return _moments(features, "features", width=None)


def frechet_distance(real: Features | Moments, fake: Features | Moments) -> float:
    """Return the squared Fréchet distance between Gaussians fitted to two sets of features.

    The "FID" if the features are those of an Inception network. With means m and covariances C

        d2 = |m1 - m2|^2 + tr(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2)

    It falls when fakes get closer to the real features in mean and spread, but hides dropped
    modes: report recall, coverage or mode counts beside it. It is biased upwards for few
    examples, so compare only numbers with equal counts, which should be many times d.

    Args:
        real: features `[n, d]`, an iterable of batches of them, or their `moments`.
        fake: the same for the generator; its n may differ.

    Returns:
        float, at least 0, in squared units of the features; 0 for equal moments.

    Raises:
        ValueError: for fewer than 2 examples, unequal widths, NaN or infinite numbers.

    References:
        Heusel et al. 2017, "GANs trained by a two time-scale update rule converge to a local Nash
        equilibrium", arXiv 1706.08500, eq. 6. Dowson and Landau 1982, "The Fréchet distance
        between multivariate normal distributions", eq. 4.

    Example:
        >>> corners = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 0.0], [2.0, 2.0]])
        >>> frechet_distance(corners, corners + [3.0, 4.0])
        25.0
    """
    real = real if isinstance(real, Moments) else _moments(real, "real features")
    width = len(real.mean)
    fake = fake if isinstance(fake, Moments) else _moments(fake, "fake features", width)
    if len(fake.mean) != width:
        raise ValueError(
            f"frechet_distance received moments of widths {width} and {len(fake.mean)}: expected "
            "equal ones. Use one feature extractor for both."
        )
    shift = np.sum(np.square(real.mean - fake.mean))
    spread = np.trace(real.covariance) + np.trace(fake.covariance)
    return max(0.0, float(shift + spread - 2 * _trace_of_root(real.covariance, fake.covariance)))


def _moments(features, what, width=None):
    metric = "moments" if what == "features" else "frechet_distance"
    count, mean, squares = 0, 0.0, 0.0
    for batch in feature_sets.each_batch(metric, features, what, width):
        n = len(batch)
        centre = batch.mean(axis=0)
        difference = centre - mean
        deviations = batch - centre
        total = count + n
        squares = squares + deviations.T @ deviations
        if count:
            squares += np.outer(difference, difference) * (count * n / total)
        mean = mean + difference * (n / total)
        count = total
    feature_sets.check_count(metric, count, what, least=2)
    return Moments(count, mean, squares / (count - 1))


def _trace_of_root(first, second):
    """tr((A B)^1/2) of positive semi-definite matrices: the sum of singular values of F G^T.

    With A = F^T F and B = G^T G, (F G^T)(F G^T)^T has the eigenvalues of A B. Singular values are
    exact to the rounding of the largest one; square roots of eigenvalues, to the square root of
    it, which for singular covariances (few examples, unused features) adds up to a visible error,
    as does a general matrix square root, which leaves an imaginary part besides.
    """
    return np.sum(np.linalg.svd(_factor(first) @ _factor(second).T, compute_uv=False))


def _factor(covariance):
    """F `[rank, d]` with F^T F = covariance."""
    values, vectors = np.linalg.eigh(covariance)
    noise = values[-1] * len(values) * np.finfo(np.float64).eps
    kept = values > max(noise, 0.0)
    return np.sqrt(values[kept])[:, None] * vectors[:, kept].T
