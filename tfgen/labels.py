"""Class labels: how networks and endpoints of class-conditional models take them.

A network with classes takes `[x, labels]`, one without takes `x`; an endpoint has an input `label`,
or none.
"""

import numpy as np
import tensorflow as tf


def apply_network(model, network, x, labels, training):
    """Return the network's outputs for x, and for labels int `[batch]` if the model has classes.

    Raises:
        ValueError: for missing labels; it names the model.
    """
    if model.num_classes is None:
        return network(x, training=training)
    if labels is None:
        raise ValueError(
            f"{type(model).__name__}(num_classes={model.num_classes}) received no labels: it is "
            "class-conditional. Pass labels, int [batch], or data of (examples, labels) pairs."
        )
    x, labels = tf.convert_to_tensor(x), tf.cast(tf.convert_to_tensor(labels), tf.int32)
    return network([x, labels], training=training)


def first_shape(network):
    """Return the shape of one of what a network takes first, labels being second."""
    shape = network.input_shape
    return (shape[0] if isinstance(shape, list) else shape)[1:]


def in_turn(count, num_classes):
    """Return the classes in turn, 0, 1, ..., 0, 1, ...: int32 `[count]`; None without classes.

    Example:
        >>> in_turn(5, 3).tolist()
        [0, 1, 2, 0, 1]
    """
    return None if num_classes is None else np.arange(count, dtype=np.int32) % num_classes
