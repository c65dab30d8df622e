"""The divergence of a velocity: how fast it spreads the volume about a point."""

import math
from collections.abc import Callable

import tensorflow as tf

from tfgen import sampling


def exact(velocity: Callable, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the velocity [batch, ...] and its divergence [batch], the trace of the Jacobian.

    One backward pass for each dimension: for few of them.

    Args:
        velocity: `[batch, ...] -> [batch, ...]`, row by row.
        x: where, float32 [batch, ...].

    Example:
        >>> exact(lambda x: x * x, tf.constant([[1.0, 2.0]]))[1].numpy().tolist()
        [6.0]
    """
    shape, size = x.shape[1:], math.prod(x.shape[1:])
    flat = tf.reshape(x, [-1, size])
    with tf.GradientTape() as tape:
        tape.watch(flat)
        v = tf.reshape(velocity(tf.reshape(flat, [-1, *shape])), [-1, size])
    jacobian = tape.batch_jacobian(v, flat)
    return tf.reshape(v, [-1, *shape]), tf.linalg.trace(jacobian)


def hutchinson(velocity: Callable, x: tf.Tensor, probes: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the velocity and an unbiased estimate of its divergence, [batch].

        E[e^T J e] = trace(J),   e of independent signs

    Args:
        velocity: as for `exact`.
        x: likewise.
        probes: e, [batch, ...] as x.

    Reference: Hutchinson 1990; Grathwohl et al. 2018, "FFJORD", arXiv 1810.01367, equation 7.

    Example:
        >>> x = tf.constant([[1.0, 2.0]])
        >>> hutchinson(lambda x: x * x, x, tf.constant([[1.0, -1.0]]))[1].numpy().tolist()
        [6.0]
    """
    with tf.GradientTape() as tape:
        tape.watch(x)
        v = velocity(x)
    product = tape.gradient(v, x, output_gradients=probes)
    return v, tf.reduce_sum(product * probes, axis=list(range(1, x.shape.rank)))


def signs(seeds: tf.Tensor, shape: tuple[int, ...], offset: int = 0) -> tf.Tensor:
    """Return -1 and 1 at random, float32 [batch, *shape], for seeds int32 [batch, 2]."""
    return tf.sign(sampling.uniform(seeds, shape, offset) - 0.5)
