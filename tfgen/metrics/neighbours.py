"""Precision and recall, density and coverage: whether the supports of two sets agree.

Around each example stands a ball that reaches to its k-th nearest neighbour in its own set. All
pairs are compared, so that features are held in memory, and time grows with the product of the
counts; but distances only ever a block of rows at a time.
"""

import numpy as np

from tfgen.metrics import feature_sets
from tfgen.metrics.feature_sets import Features

_BLOCK_NUMBERS = 2**22  # distances that are held at a time: 32 MiB


def precision_recall(real: Features, fake: Features, k: int = 3) -> dict[str, float]:
    """Return how many fakes look real, and how much of the real data the fakes reach.

    Precision is the share of fakes that lie in the ball of a real example; recall, the share of
    real examples that lie in the ball of a fake. One outlier makes a large ball: see
    `density_coverage`. They depend on the counts: compare numbers with equal ones.

    Args:
        real: features `[n, d]`, or an iterable of batches of them; n more than k.
        fake: the same for the generator, m examples.
        k: neighbours to the edge of a ball, which is part of it; an example is not its own.

    Returns:
        dict of "precision" and "recall", in [0, 1].

    Raises:
        ValueError: for k examples or fewer, unequal widths, NaN or infinite numbers.

    Reference:
        Kynkäänniemi et al. 2019, "Improved precision and recall metric for assessing generative
        models", arXiv 1904.06991, eq. 1 and 2.

    Example:
        The stray fake has a ball that holds all real examples.

        >>> real = np.array([[0.0], [1.0], [2.0]])
        >>> precision_recall(real, np.array([[2.5], [9.0]]), k=1)
        {'precision': 0.5, 'recall': 1.0}
    """
    reals, fakes = _check("precision_recall", real, fake, k)
    real_radii, fake_radii = squared_radii(reals, k), squared_radii(fakes, k)
    near_real, near_fake = np.zeros(len(fakes), bool), np.zeros(len(reals), bool)
    for rows, distances in _blocks(fakes, reals):
        near_real[rows] = np.any(distances <= real_radii, axis=1)
        near_fake |= np.any(distances <= fake_radii[rows, None], axis=0)
    return {"precision": float(np.mean(near_real)), "recall": float(np.mean(near_fake))}


def density_coverage(real: Features, fake: Features, k: int = 5) -> dict[str, float]:
    """Return how densely fakes stand among real examples, and how many of these have one near.

    Density is the number of balls of real examples in which a fake lies, on average, divided by
    k; coverage, the share of real examples with a fake in their ball. Balls stand around real
    examples only, so that stray fakes don't help, and outliers of the real data count little.

    For equal distributions the expected density is 1, and the expected coverage, whatever the
    distribution,

        1 - (n-1) ... (n-k) / ((n+m-1) ... (n+m-k)), about 1 - 2^-k for n = m (0.97 for k = 5)

    Args:
        real: features `[n, d]`, or an iterable of batches of them; n more than k.
        fake: the same for the generator, m examples.
        k: neighbours to the edge of a ball, which is part of it; an example is not its own.

    Returns:
        dict of "density", from 0 to n / k, and "coverage", in [0, 1].

    Raises:
        ValueError: for k examples or fewer, unequal widths, NaN or infinite numbers.

    Reference:
        Naeem et al. 2020, "Reliable fidelity and diversity metrics for generative models",
        arXiv 2002.09797, section 3.2; with the edge inside, as in `precision_recall`.

    Example:
        >>> real = np.array([[0.0], [1.0], [2.0], [3.0]])
        >>> density_coverage(real, np.array([[0.5], [1.5]]), k=1)
        {'density': 2.0, 'coverage': 0.75}
    """
    reals, fakes = _check("density_coverage", real, fake, k)
    radii = squared_radii(reals, k)
    balls, covered = 0, np.zeros(len(reals), bool)
    for _, distances in _blocks(fakes, reals):
        inside = distances <= radii
        balls += int(np.sum(inside))
        covered |= np.any(inside, axis=0)
    return {"density": balls / (k * len(fakes)), "coverage": float(np.mean(covered))}


def squared_radii(features: np.ndarray, k: int) -> np.ndarray:
    """Return the squared distance from each example to its k-th nearest other: `[n]`."""
    radii = np.empty(len(features))
    for rows, distances in _blocks(features, features):
        count = len(distances)
        distances[np.arange(count), rows.start + np.arange(count)] = np.inf  # not its own
        radii[rows] = np.partition(distances, k - 1, axis=1)[:, k - 1]
    return radii


def _blocks(rows, columns):
    """Yield `(slice of rows, squared distances to all columns)`."""
    size = max(1, _BLOCK_NUMBERS // len(columns))
    norms = np.sum(np.square(columns), axis=1)
    for start in range(0, len(rows), size):
        block = rows[start : start + size]
        # By a matrix product, many times as fast as differences, in float64. The norms are added
        # first, so that a and b are as far apart as b and a, to the last bit.
        distances = np.sum(np.square(block), axis=1)[:, None] + norms
        distances -= 2 * (block @ columns.T)
        yield slice(start, start + len(block)), np.maximum(distances, 0.0, out=distances)


def _check(metric, real, fake, k):
    feature_sets.check_positive(metric, k=k)
    return feature_sets.collect_pair(metric, real, fake, least=k + 1)
