"""A few examples of a data set, from all over it: files stand in order, and classes in turn."""

from typing import Any

import numpy as np

_BATCHES = 64  # to choose from, at most


def few(dataset: Any, count: int) -> tuple[np.ndarray, ...]:
    """Return so many examples, or fewer, and their labels if there are any.

    Args:
        dataset: `tf.data.Dataset` of batches of examples, or of (examples, labels).
        count: how many, at least 1.

    Example:
        >>> import tensorflow as tf
        >>> few(tf.data.Dataset.range(100).batch(10), 4)[0].tolist()
        [0, 33, 66, 99]
    """
    batches = [
        batch if isinstance(batch, tuple) else (batch,)
        for batch in dataset.take(_BATCHES).as_numpy_iterator()
    ]
    parts = [np.concatenate(part) for part in zip(*batches, strict=True)]
    rows = np.linspace(0, len(parts[0]) - 1, min(count, len(parts[0]))).astype(int)
    return tuple(part[rows] for part in parts)
