"""Class labels: the one place that says what is wrong with them."""

import numpy as np
import tensorflow as tf


def check_labels(owner, labels, num_classes, count=None):
    """Raise `ValueError` where labels are not what a model of so many classes can be given.

    Values are looked at where there are any: not those of tensors in a graph.

    Args:
        owner: who received them.
        labels: int `[count]`, None, or a `tf.TensorSpec` of them.
        num_classes: number of classes; None for a model without.
        count: how many there should be, or None.

    Example:
        >>> check_labels("VAE.sample", [1.5], num_classes=3)
        Traceback (most recent call last):
        ValueError: VAE.sample received the label 1.5: expected integers from 0 to 2.
    """
    if num_classes is None:
        if labels is not None:
            raise ValueError(
                f"{owner} received labels, but the model has no classes. Leave them out, by "
                "dataset.map(lambda x, y: x) or fit(x), or build it with num_classes."
            )
        return
    if labels is None:
        raise ValueError(
            f"{owner} received no labels: the model is class-conditional, of {num_classes} "
            "classes. Pass labels, int [batch], or data of (examples, labels) pairs."
        )
    _check_form(owner, labels, num_classes, count)
    _check_values(owner, labels, num_classes)


def _check_form(owner, labels, num_classes, count):
    labels = labels if hasattr(labels, "dtype") else np.asarray(labels)
    dtype, shape = tf.as_dtype(labels.dtype) if _known(labels.dtype) else None, labels.shape
    if dtype is None or not (dtype.is_integer or dtype.is_floating):
        raise ValueError(
            f"{owner} received labels of dtype {labels.dtype}: expected integers from 0 to "
            f"{num_classes - 1}. Number the classes."
        )
    if shape is not None and getattr(shape, "rank", 1) is not None and len(shape) != 1:
        raise ValueError(
            f"{owner} received labels of shape {tuple(shape)}: expected one integer from 0 to "
            f"{num_classes - 1} for each example, int [batch], without one-hot vectors. Use "
            + ("numpy.full(count, label)." if len(shape) == 0 else "labels.argmax(-1) of these.")
        )
    received = shape[0] if shape is not None and getattr(shape, "rank", 1) is not None else None
    if count is not None and received is not None and received != count:
        raise ValueError(
            f"{owner} received {received} labels for {count} examples: expected one for each."
        )


def _check_values(owner, labels, num_classes):
    if isinstance(labels, tf.TypeSpec) or (tf.is_tensor(labels) and not _eager(labels)):
        return
    labels = np.asarray(labels)
    if labels.dtype.kind == "f" and not (labels == np.floor(labels)).all():
        wrong = labels[labels != np.floor(labels)][0]
        raise ValueError(
            f"{owner} received the label {wrong:g}: expected integers from 0 to {num_classes - 1}."
        )
    if labels.size and (labels.min() < 0 or labels.max() >= num_classes):
        raise ValueError(
            f"{owner} received labels from {labels.min():g} to {labels.max():g}: they must lie in "
            f"[0, {num_classes - 1}], for {num_classes} classes. Number the classes from 0."
        )


def _eager(tensor):
    return hasattr(tensor, "numpy")


def _known(dtype):
    try:
        tf.as_dtype(dtype)
    except TypeError:
        return False
    return True
