"""Class labels: how networks and endpoints of class-conditional models take them.

A network with classes takes `[x, labels]`, one without takes `x`; an endpoint has an input `label`,
or none.
"""

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen.checks.labels import check_labels


def apply_network(
    model: keras.Model, network: keras.Model, x: tf.Tensor, labels: ArrayLike | None, training: bool
) -> tf.Tensor:
    """Return the network's outputs for x, and for labels int `[batch]` if the model has classes.

    Raises:
        ValueError: for labels that are missing, too many, or no classes; it names the model.
    """
    check_labels(type(model).__name__, labels, model.num_classes, x.shape[0])
    if model.num_classes is None:
        return network(x, training=training)
    x, labels = tf.convert_to_tensor(x), tf.cast(tf.convert_to_tensor(labels), tf.int32)
    return network([x, labels], training=training)


def in_turn(count: int, num_classes: int | None) -> np.ndarray | None:
    """Return the classes in turn, 0, 1, ..., 0, 1, ...: int32 `[count]`; None without classes.

    Example:
        >>> in_turn(5, 3).tolist()
        [0, 1, 2, 0, 1]
    """
    return None if num_classes is None else np.arange(count, dtype=np.int32) % num_classes
