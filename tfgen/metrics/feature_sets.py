"""Sets of features: arrays, or batches that are never all in memory; checked in one place."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

# An array or tensor [n, d], or an iterable of batches of it.
Features = ArrayLike | Iterable[ArrayLike]

_ROWS = 4096  # of an array that are converted to float64 at a time


def each_batch(
    metric: str, features: Features, what: str = "features", width: int | None = None
) -> Iterator[np.ndarray]:
    """Yield the rows of a set as checked float64 arrays.

    Args:
        metric: name of the metric, for its errors.
        features: array or tensor `[n, d]`, or an iterable of such batches (a generator, a
            tf.data.Dataset, a list of arrays).
        what: name of the argument, for errors.
        width: the d that is expected, or None for that of the first batch.

    Yields:
        batch: float64 `[batch, d]`, finite, never empty.

    Raises:
        ValueError: for a batch of another rank or width, or one with NaN or infinite numbers.
        TypeError: for what is neither an array nor an iterable.

    Example:
        >>> [batch.shape for batch in each_batch("doc", [np.zeros((4, 2)), np.ones((3, 2))])]
        [(4, 2), (3, 2)]
    """
    for batch in _batches(metric, features, what):
        array = np.asarray(batch)
        if array.ndim != 2 or not array.shape[1]:
            raise ValueError(
                f"{metric} received {what} of shape {array.shape}: expected [n, d], or batches "
                "of it. Flatten or average each example to one vector."
            )
        width = width or array.shape[1]
        if array.shape[1] != width:
            raise ValueError(
                f"{metric} received {what} of width {array.shape[1]}: expected {width}, as in the "
                "other rows. Use one feature extractor for all."
            )
        if len(array):
            yield _finite(metric, array.astype(np.float64), what)


def collect(
    metric: str,
    features: Features,
    what: str = "features",
    least: int = 1,
    width: int | None = None,
) -> np.ndarray:
    """Return a whole set as one checked float64 array `[n, d]`.

    For metrics that compare every example with every other. The arguments are those of
    `each_batch`, and `least`, the smallest n.

    Raises:
        ValueError: as `each_batch`; for fewer than `least` rows.
    """
    batches = list(each_batch(metric, features, what, width))
    check_count(metric, sum(map(len, batches)), what, least)
    return np.concatenate(batches)


def collect_pair(
    metric: str, real: Features, fake: Features, least: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Return the real and the fake set as checked float64 arrays of one width."""
    real = collect(metric, real, "real features", least)
    return real, collect(metric, fake, "fake features", least, width=real.shape[1])


def blocks(
    metric: str, batches: Iterable[np.ndarray], size: int, what: str = "features"
) -> Iterator[np.ndarray]:
    """Yield arrays of exactly `size` rows, whatever the batches; the rest is left out.

    Raises:
        ValueError: for less than one block.

    Example:
        >>> [block.tolist() for block in blocks("doc", [np.arange(3), np.arange(3, 5)], 2)]
        [[0, 1], [2, 3]]
    """
    held, waiting, total = [], 0, 0
    for batch in batches:
        held.append(batch)
        waiting += len(batch)
        total += len(batch)
        if waiting >= size:
            rows = np.concatenate(held)
            whole = waiting - waiting % size
            yield from np.split(rows[:whole], whole // size)
            held, waiting = [rows[whole:]], waiting - whole
    check_count(metric, total, what, size, "Draw more examples, or make the blocks smaller.")


def check_count(
    metric: str, count: int, what: str, least: int, fix: str = "Draw more examples."
) -> None:
    """Raise ValueError for fewer than `least` examples."""
    if count < least:
        raise ValueError(f"{metric} received {count} {what}: expected at least {least}. {fix}")


def check_positive(metric: str, **numbers: Any) -> None:
    """Raise ValueError for an argument that is not an integer from 1 on."""
    for name, number in numbers.items():
        integer = isinstance(number, (int, np.integer)) and not isinstance(number, bool)
        if not integer or number < 1:
            raise ValueError(
                f"{metric} received {name}={number!r}: expected a positive integer. "
                f"Set {name} to 1 or more."
            )


def _batches(metric, features, what):
    if hasattr(features, "shape") and hasattr(features, "__getitem__"):
        if len(features.shape) != 2:
            return [features]  # whose shape is an error, to be named whole
        return (features[i : i + _ROWS] for i in range(0, len(features), _ROWS))
    if not hasattr(features, "__iter__") or isinstance(features, (str, bytes, dict)):
        raise TypeError(
            f"{metric} received {what} of type {type(features).__name__}: expected an array "
            "[n, d] or an iterable of batches of it. Turn images into features by a network first."
        )
    return features


def _finite(metric, array, what):
    if not np.isfinite(array).all():
        bad = int(np.sum(~np.isfinite(array).all(axis=1)))
        raise ValueError(
            f"{metric} received {what} with NaN or infinite numbers in {bad} of {len(array)} "
            "rows of a batch: expected finite ones. Look at the generator's output first."
        )
    return array
