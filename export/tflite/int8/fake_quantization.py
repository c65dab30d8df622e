"""Rounding as TFLite's int8 converter does it, in float, with a gradient that passes by it.

Reference: Jacob et al. 2018, arXiv 1712.05877, sections 2.1 and 3; the gradient is the
straight-through estimator of Bengio et al. 2013, arXiv 1308.3432. That of the grid's ends follows
Esser et al. 2020, arXiv 1902.08153, equation 3.
"""

import tensorflow as tf


def symmetric(weights, axis=None):
    """Return weights on the grid of int8 from -127 to 127 steps; the gradient is 1.

    Args:
        weights: float tensor.
        axis: the axis whose slices have a step each, such as output channels; None for one step.

    Returns:
        A float tensor of the same shape.

    Example:
        >>> symmetric(tf.constant([0.4, -127.0, 2.6])).numpy().tolist()
        [0.0, -127.0, 3.0]
    """
    others = None if axis is None else [i for i in range(len(weights.shape)) if i != axis]
    largest = tf.reduce_max(tf.abs(weights), axis=others, keepdims=True)
    step = tf.stop_gradient(tf.maximum(largest, 1e-30)) / 127.0
    return _round(weights / step) * step


def asymmetric(x, low, high):
    """Return activations on a grid of 256 numbers from about `low` to about `high`, one being 0.

    The gradient is 1 within the grid's ends and 0 beyond; that of the ends themselves is the one of
    Esser et al. 2020.

    Args:
        x: float tensor.
        low: at most 0, a float or scalar tensor.
        high: at least 0, and more than `low`.

    Returns:
        A float tensor of the same shape.

    Example:
        >>> asymmetric(tf.constant([-9.0, 0.4, 29.8, 900.0]), 0.0, 255.0).numpy().tolist()
        [0.0, 0.0, 30.0, 255.0]
    """
    step = (high - low) / 255.0
    first = _round(low / step)  # the grid moves until it has the 0
    return _round(tf.clip_by_value(x / step, first, first + 255.0)) * step


def _round(x):
    return x + tf.stop_gradient(tf.round(x) - x)
