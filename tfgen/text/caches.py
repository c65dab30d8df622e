"""What a network remembers of the tokens it has read, as one tensor."""

from typing import Any

import tensorflow as tf


def packed(cache: Any) -> tf.Tensor:
    """Return a cache, as networks make it, as one tensor: its parts side by side on axis 1.

    Args:
        cache: nest of batch-major floats, alike but for axis 1.

    Example:
        >>> packed([[tf.zeros([2, 4, 9, 8]), tf.zeros([2, 4, 9, 8])]]).shape
        TensorShape([2, 8, 9, 8])
    """
    parts = [tf.cast(part, tf.float32) for part in tf.nest.flatten(cache)]
    return tf.concat(parts, axis=1) if len(parts) > 1 else parts[0]


def unpacked(network: Any, tensor: tf.Tensor) -> Any:
    """Return the cache of a network whose parts `packed` has laid side by side."""
    empty = network.empty_cache(1)
    parts = tf.nest.flatten(empty)
    split = tf.split(tensor, [part.shape[1] for part in parts], axis=1)
    cast = [tf.cast(one, part.dtype) for one, part in zip(split, parts, strict=True)]
    return tf.nest.pack_sequence_as(empty, cast)


def cache_shape(network: Any) -> tuple[int, ...]:
    """Return the shape of a row of the tensor."""
    with tf.init_scope():
        return tuple(packed(network.empty_cache(1)).shape[1:])
