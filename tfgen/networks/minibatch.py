"""Minibatch standard deviation: lets a discriminator see how varied its examples are."""

from typing import Any

import keras
import tensorflow as tf

_TINY = 1e-8  # under the root: its gradient is not finite at zero


@keras.saving.register_keras_serializable(package="tfgen")
class MinibatchStdDev(keras.layers.Layer):
    """Adds a channel that holds the mean standard deviation within a group of examples.

    A generator that makes the same example over and over shows a small one, and is found out. Put
    it near the discriminator's end. Groups are neighbours, `group_size` rows each: the first ones,
    the next ones, and so on. They don't depend on the batch, and two replicas form those of one as
    long as each has a multiple of `group_size` rows.

    With x of a group, `[group_size, ..., channels]`, the channel is the mean, over all positions
    and channels, of `sqrt(mean((x - mean(x))^2) + 1e-8)`, taken over the group.

    Args:
        group_size: examples in a group, at least 2.
        **kwargs: `name` and `dtype`.

    Raises:
        ValueError: for a group size below 2; when called, for a batch that can't be divided into
            such groups. Where only the running graph knows the batch, it is TensorFlow's
            `InvalidArgumentError` (under XLA with the words of the reshape that failed).

    Example:
        >>> x = tf.constant([[0.0, 0.0], [2.0, 4.0]])
        >>> MinibatchStdDev(group_size=2)(x).numpy().tolist()
        [[0.0, 0.0, 1.5], [2.0, 4.0, 1.5]]

    Reference: Karras et al. 2018, arXiv 1710.10196, section 3; groups as in StyleGAN2, but of
    neighbours, so that a row's group does not depend on the size of the batch.
    """

    def __init__(self, group_size: int = 4, **kwargs: Any):
        super().__init__(**kwargs)
        if not isinstance(group_size, int) or group_size < 2:
            raise ValueError(
                f"MinibatchStdDev received group_size={group_size!r}: expected an integer of at "
                "least 2, since one example has no deviation. Set group_size=4."
            )
        self.group_size = group_size

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return `[batch, ..., channels + 1]` for `[batch, ..., channels]`."""
        self._check_known_batch(inputs.shape[0])
        x = tf.cast(inputs, tf.float32)
        with tf.control_dependencies(self._check_running_batch(x)):
            count = tf.shape(x)[0] // self.group_size  # not -1: a replica's share may be empty
            groups = tf.reshape(x, [count, self.group_size, *x.shape[1:]])
        centred = groups - tf.reduce_mean(groups, axis=1, keepdims=True)
        deviation = tf.sqrt(tf.reduce_mean(tf.square(centred), axis=1) + _TINY)
        each = tf.reduce_mean(deviation, axis=list(range(1, x.shape.rank)))  # [groups]
        each = tf.reshape(each, [count] + [1] * x.shape.rank) + tf.zeros_like(groups[..., :1])
        channel = tf.reshape(each, tf.shape(x[..., :1]))
        return tf.concat([inputs, tf.cast(channel, inputs.dtype)], axis=-1)

    def _check_known_batch(self, batch):
        if batch is not None and batch % self.group_size:
            raise ValueError(f"MinibatchStdDev received a batch of {batch}: {self._advice}")

    def _check_running_batch(self, x):
        """XLA leaves assertions out; there the reshape that follows fails."""
        if x.shape[0] is not None:
            return []
        batch = tf.shape(x)[0]
        message = f"MinibatchStdDev received a batch that does not fit: {self._advice}"
        return [tf.debugging.assert_equal(batch % self.group_size, 0, message)]

    @property
    def _advice(self):
        return (
            f"it must be a multiple of group_size={self.group_size} on each replica. Change the "
            "batch size, set drop_remainder=True, or choose a smaller group."
        )

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the result, batch included."""
        return (*input_shape[:-1], input_shape[-1] + 1)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "group_size": self.group_size}
