"""The kernel distance between real and fake features."""

import itertools

import numpy as np

from tfgen.metrics import feature_sets
from tfgen.metrics.feature_sets import Features

_ROWS = 1000  # that are compared at a time with all others


def kernel_distance(real: Features, fake: Features, block_size: int = 1000) -> dict[str, float]:
    """Return the squared maximum mean discrepancy between two sets of features, without bias.

    The "KID" if the features are those of an Inception network. Unlike the Fréchet distance its
    expectation does not depend on the number of examples, which suits small sets, and it assumes
    no Gaussians. With k(a, b) = (a.b / d + 1)^3 and n real x and m fake y,

        MMD2 = mean_{i != j} k(x_i, x_j) + mean_{i != j} k(y_i, y_j) - 2 mean_{i, j} k(x_i, y_j)

    is averaged over disjoint blocks of n = m = `block_size` examples, in memory that does not
    grow with their number. Give the examples in random order: a block must be a fair sample.
    Examples that don't fill a block on both sides are left out.

    Args:
        real: features `[n, d]`, or an iterable of batches of them.
        fake: the same for the generator.
        block_size: examples in a block, at least 2. The set's size makes one block of all.

    Returns:
        dict with "kernel_distance", a float, 0 in expectation for equal distributions and
        negative half of the time then; and, from two blocks on, its
        "kernel_distance_standard_error", from the spread between blocks.

    Raises:
        ValueError: for fewer examples than a block, unequal widths, NaN or infinite numbers.

    References:
        Bińkowski et al. 2018, "Demystifying MMD GANs", arXiv 1801.01401, section 4, who draw
        overlapping blocks at random; disjoint ones are independent, so that the standard error
        is one. Zaremba et al. 2013, "B-tests", arXiv 1307.1954.

    Example:
        >>> x = np.array([[1.0], [-1.0]])  # k = 0 within x, 27 within y
        >>> kernel_distance(x, np.array([[1.0], [2.0]]), block_size=2)
        {'kernel_distance': 10.0}
    """
    feature_sets.check_positive("kernel_distance", block_size=block_size)
    if block_size < 2:
        raise ValueError(
            "kernel_distance received block_size=1: expected at least 2, since an example is not "
            "compared with itself. Set block_size=1000."
        )
    pairs = zip(*_blocks(real, fake, block_size), strict=False)
    values = [unbiased_mmd2(x, y) for x, y in pairs]
    result = {"kernel_distance": float(np.mean(values))}
    if len(values) > 1:
        error = np.std(values, ddof=1) / np.sqrt(len(values))
        result["kernel_distance_standard_error"] = float(error)
    return result


def unbiased_mmd2(x: np.ndarray, y: np.ndarray) -> float:
    """Return MMD2 of `kernel_distance` for all pairs of x `[n, d]` and y `[m, d]`; n, m >= 2."""
    between = _kernel_sum(x, y) / (len(x) * len(y))
    return _mean_within(x) + _mean_within(y) - 2 * between


def _mean_within(x):
    """The mean kernel between different examples."""
    own = np.sum((np.sum(np.square(x), axis=1) / x.shape[1] + 1) ** 3)
    return (_kernel_sum(x, x) - own) / (len(x) * (len(x) - 1))


def _kernel_sum(x, y):
    rows = (x[i : i + _ROWS] for i in range(0, len(x), _ROWS))
    return sum(np.sum((block @ y.T / x.shape[1] + 1) ** 3) for block in rows)


def _blocks(real, fake, size):
    """The blocks of both sets; the width of the first is that of all."""
    real = feature_sets.each_batch("kernel_distance", real, "real features")
    first = next(real, None)
    width = None if first is None else first.shape[1]
    real = itertools.chain([] if first is None else [first], real)
    fake = feature_sets.each_batch("kernel_distance", fake, "fake features", width)
    return (
        feature_sets.blocks("kernel_distance", real, size, "real features"),
        feature_sets.blocks("kernel_distance", fake, size, "fake features"),
    )
