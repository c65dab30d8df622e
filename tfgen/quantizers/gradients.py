"""Gradients through a step that has none: from codes to the inputs that they stand for.

A gradient estimator is a function `(inputs, codes) -> codes`: it returns the codes to the bit, and
lets their gradient reach the inputs. The codes get none: their own loss moves them.
"""

import keras
import tensorflow as tf

_EPSILON = 1e-12  # of squared norms: a gradient at the zero vector, where directions end


@keras.saving.register_keras_serializable(package="tfgen")
def straight_through(inputs: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
    """Return `codes`, with the gradient of the inputs copied from that of the codes.

        d loss / d inputs = d loss / d codes

    Args:
        inputs: float32 `[..., code_dim]`.
        codes: float32 of the same shape.

    Reference: van den Oord et al. 2017, arXiv 1711.00937, section 3.2; Bengio et al. 2013,
        arXiv 1308.3432.

    Example:
        >>> x = tf.constant([[0.2, 0.9]])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     loss = tf.reduce_sum(straight_through(x, tf.round(x)) * [3.0, 5.0])
        >>> tape.gradient(loss, x).numpy().tolist()
        [[3.0, 5.0]]
    """

    @tf.custom_gradient
    def codes_for(inputs):
        return tf.identity(codes), lambda upstream: upstream

    codes = tf.stop_gradient(codes)
    return codes_for(inputs)


@keras.saving.register_keras_serializable(package="tfgen")
def rotation_trick(inputs: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
    """Return `codes`, with the gradient rotated and scaled as the input is to become its code.

        q = (|q| / |x|) R x,   R = I - 2 r r^T + 2 q1 x1^T,   r = (x1 + q1) / |x1 + q1|

    where x1 and q1 are x and q at length 1; R and the ratio count as constants, so that

        d loss / d x = (|q| / |x|) R^T d loss / d q

    The angle between gradient and code becomes the angle between gradient and input: inputs of
    one cell get different gradients, which straight-through makes equal.

    Args:
        inputs: float32 `[..., code_dim]`.
        codes: float32 of the same shape.

    Reference: Fifty et al. 2024, "Restructuring vector quantization with the rotation trick",
        arXiv 2410.06424, equations 4 and 5. Where x and q point in opposite directions, r does
        not exist; its term vanishes here.

    Example:
        >>> x = tf.constant([[1.0, 0.0]])
        >>> with tf.GradientTape() as tape:
        ...     tape.watch(x)
        ...     loss = tf.reduce_sum(rotation_trick(x, tf.constant([[0.0, 2.0]])) * [0.0, 1.0])
        >>> tape.gradient(loss, x).numpy().round(5).tolist()  # outwards for q, outwards for x
        [[2.0, 0.0]]
    """

    @tf.custom_gradient
    def codes_for(inputs):
        def gradient(upstream):
            return _ratio(codes, inputs) * _rotated_back(upstream, inputs, codes)

        return tf.identity(codes), gradient

    codes = tf.stop_gradient(codes)
    return codes_for(inputs)


def unit(vectors: tf.Tensor) -> tf.Tensor:
    """Return the vectors at length 1, and zero at length 0, with a finite gradient there."""
    squared = tf.reduce_sum(tf.square(vectors), axis=-1, keepdims=True)
    return vectors * tf.math.rsqrt(squared + _EPSILON)


def _rotated_back(upstream, inputs, codes):
    """Return R^T upstream, by dot products alone."""
    x, q = unit(inputs), unit(codes)
    r = unit(x + q)
    return upstream - 2.0 * r * _dot(r, upstream) + 2.0 * x * _dot(q, upstream)


def _ratio(codes, inputs):
    squares = (tf.reduce_sum(tf.square(v), axis=-1, keepdims=True) for v in (codes, inputs))
    numerator, denominator = (tf.sqrt(square + _EPSILON) for square in squares)
    return numerator / denominator


def _dot(a, b):
    return tf.reduce_sum(a * b, axis=-1, keepdims=True)
