"""A few examples of a data set, from all over it: files stand in order, and classes in turn."""

import itertools
from collections.abc import Iterable
from typing import Any

import numpy as np

_BATCHES = 64  # to choose from, at most


def few(dataset: Iterable[Any], count: int) -> tuple[np.ndarray, ...]:
    """Return so many examples, or fewer, and their labels if there are any.

    Args:
        dataset: batches of examples, or of (examples, labels): a `tf.data.Dataset`, say.
        count: how many, at least 1.

    Example:
        >>> few(np.arange(100).reshape(10, 10), 4)[0].tolist()
        [0, 33, 66, 99]
    """
    batches = [
        batch if isinstance(batch, tuple) else (batch,)
        for batch in itertools.islice(dataset, _BATCHES)
    ]
    parts = [np.concatenate(part) for part in zip(*batches, strict=True)]
    rows = np.linspace(0, len(parts[0]) - 1, min(count, len(parts[0]))).astype(int)
    return tuple(part[rows] for part in parts)
