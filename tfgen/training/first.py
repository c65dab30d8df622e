"""A look at the first of the data that `fit` was given, before it begins."""

import inspect
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen.training import pipelines
from tfgen.training.data import checked, unpacked


def first_examples(model: Any, args: tuple, kwargs: dict, most: int) -> Any:
    """Return (examples, labels or None) of what `model.fit(*args, **kwargs)` would see first.

    Args:
        model: whose `takes` says what the data must be.
        args: of `fit`.
        kwargs: of `fit`.
        most: how many at most; of a dataset, no more than an epoch either.

    Returns:
        Arrays, or None for data that can be read once only.

    Raises:
        ValueError: for data that the model can't learn from.
    """
    given = inspect.signature(keras.Model.fit).bind(model, *args, **kwargs).arguments
    x, y = given.get("x"), given.get("y")
    owner = f"{type(model).__name__}.fit"
    if isinstance(x, tf.data.Dataset):
        if pipelines.read_once(x):
            return None
        checked(owner, model.takes, x)
        return _of_batches(model, x, most, given.get("steps_per_epoch"))
    if not hasattr(x, "shape"):
        return None
    x, y, _ = checked(owner, model.takes, x, y)
    return x[:most], None if y is None else y[:most]


def _of_batches(model, dataset, most, steps):
    parts, labels, count = [], [], 0
    for i, batch in enumerate(dataset):
        if count >= most or i == steps:
            break
        examples, own, _ = unpacked(model.takes, batch)
        parts.append(np.asarray(examples))
        labels.append(own)
        count += len(parts[-1])
    classes = None if labels[0] is None else np.concatenate(labels)[:most]
    return np.concatenate(parts)[:most], classes
