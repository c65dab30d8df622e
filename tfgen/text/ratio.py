"""A quantity per token, where rows have different numbers of them."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfgen")
class RatioOfSums(keras.metrics.Metric):
    """The sum of one number over all examples, divided by that of another.

    Example:
        >>> metric = RatioOfSums()
        >>> metric.update_state([[6.0, 2.0], [1.0, 8.0]])  # nats and tokens of two rows
        >>> round(float(metric.result()), 3)
        0.7
    """

    def __init__(self, name: str = "ratio", **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.sums = self.add_weight(shape=(2,), initializer="zeros", name="sums")

    def update_state(self, pairs: tf.Tensor, sample_weight: None = None) -> None:
        """Add the pairs, `[batch, 2]`."""
        self.sums.assign_add(tf.reduce_sum(tf.cast(pairs, tf.float32), axis=0))

    def result(self) -> tf.Tensor:
        """Return the ratio, a float32 scalar; 0 before the first pair."""
        above, below = tf.unstack(tf.convert_to_tensor(self.sums))
        return tf.math.divide_no_nan(above, below)
