"""All distances between two sets of features at once, and the yardstick for them."""

import numpy as np

from tfgen.metrics import feature_sets
from tfgen.metrics.feature_sets import Features
from tfgen.metrics.frechet import frechet_distance
from tfgen.metrics.kernel import kernel_distance
from tfgen.metrics.neighbours import density_coverage, precision_recall


def compare(
    real: Features, fake: Features, block_size: int = 1000, recall_k: int = 3, coverage_k: int = 5
) -> dict[str, float]:
    """Return every metric that compares two sets of features.

    The counts are in the result, since all but the kernel distance depend on them. Features are
    held in memory; `frechet_distance` and `kernel_distance` alone don't need that.

    Args:
        real: features `[n, d]`, or an iterable of batches of them, in random order.
        fake: the same for the generator.
        block_size: of `kernel_distance`; smaller sets make one block of all.
        recall_k: k of `precision_recall`.
        coverage_k: k of `density_coverage`.

    Returns:
        dict of "frechet_distance", "kernel_distance" with its standard error, "precision",
        "recall", "density", "coverage", floats; "real_examples" and "fake_examples", and
        "kernel_block_size" where sets were too small for the size asked for.

    Raises:
        ValueError: for too few examples, unequal widths, NaN or infinite numbers.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(50, 2))
        >>> result = compare(points, points, block_size=25)
        >>> result["precision"], result["recall"], result["coverage"]
        (1.0, 1.0, 1.0)
    """
    reals, fakes = feature_sets.collect_pair("compare", real, fake, least=2)
    fitting = min(block_size, len(reals), len(fakes))
    return {
        "frechet_distance": frechet_distance(reals, fakes),
        **kernel_distance(reals, fakes, fitting),
        **({} if fitting == block_size else {"kernel_block_size": fitting}),
        **precision_recall(reals, fakes, recall_k),
        **density_coverage(reals, fakes, coverage_k),
        "real_examples": len(reals),
        "fake_examples": len(fakes),
    }


def real_floor(
    train: Features, test: Features, count: int | None = None, seed: int = 0, **settings: int
) -> dict[str, float]:
    """Return `compare(test, train)`: training images in the place of fakes.

    What a generator would get that draws new real images: no generator should be expected to do
    better, and numbers below the floor mean copies of the test set or too few examples. Give the
    number of fakes as `count`, so that both are biased alike.

    Args:
        train: features of training images `[n, d]`, or an iterable of batches of them.
        test: features of test images, those that the fakes are compared with.
        count: training images to draw at random, without repetition, or None for all.
        seed: of the draw.
        **settings: those of `compare`.

    Returns:
        dict as of `compare`.

    Raises:
        ValueError: as `compare`; for fewer than `count` training images.

    Example:
        >>> points = np.random.default_rng(0).normal(size=(300, 2))
        >>> real_floor(points[:200], points[200:], count=100, block_size=50)["fake_examples"]
        100
    """
    train = feature_sets.collect("real_floor", train, "training features")
    if count is not None:
        feature_sets.check_positive("real_floor", count=count)
        feature_sets.check_count("real_floor", len(train), "training features", least=count)
        train = train[np.random.default_rng(seed).permutation(len(train))[:count]]
    return compare(test, train, **settings)
