"""Positive numbers from a network's raw ones."""

import tensorflow as tf


def positive(raw: tf.Tensor, minimum: float = 0.0) -> tf.Tensor:
    """Return `minimum + log(1 + exp(raw))`: softplus, for scales, that stays finite in TFLite.

    `tf.nn.softplus` is exported as `log(1 + exp(raw))`, which is infinite from 88 on.

    Args:
        raw: float tensor of any shape.
        minimum: lower bound of the result, a float >= 0. Without it the result is 0 below
            about -87, where float32 underflows.

    Returns:
        tensor like `raw`.

    Example:
        >>> positive(tf.constant([-1e4, 1e4])).numpy().tolist()
        [0.0, 10000.0]
    """
    # The minimum is -|raw| with the gradient 1 at 0, where that of relu is 0: sigmoid(0) in all.
    return tf.nn.relu(raw) + tf.math.log1p(tf.exp(tf.minimum(raw, -raw))) + minimum
