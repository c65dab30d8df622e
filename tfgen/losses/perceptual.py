"""How far apart two images are to a network that looks at them."""

import tensorflow as tf

_TINY = 1e-10  # keeps the gradient finite where all channels of a place are 0


def perceptual_distance(real: tf.Tensor, fake: tf.Tensor) -> tf.Tensor:
    """Return the distance of two images in the features of a network, one value per example.

        sum over maps l of the mean over places of |u_l - v_l|^2,

    u and v the features of a place, divided by their length: what is there counts, not how bright.
    Each map adds 0 for equal features, 4 at most. Any network will do that was trained to see, such
    as the layers `relu_0` to `relu_4` of `metrics.mnist_features().network`.

    Args:
        real: features of the real images: one map `[batch, ..., channels]`, or a list or dict of
            them.
        fake: those of the others, of the same structure and shapes.

    Returns:
        float32 `[batch]`.

    Reference: Zhang et al. 2018, "The unreasonable effectiveness of deep features", arXiv
        1801.03924, equation 1, with weights of 1 in the place of learned ones.

    Example:
        >>> u = tf.constant([[[3.0, 0.0], [0.0, 5.0]]])  # [batch, places, channels]
        >>> distance = perceptual_distance([u], [tf.constant([[[1.0, 0.0], [1.0, 0.0]]])])
        >>> distance.numpy().round(5).tolist()
        [1.0]
    """
    pairs = zip(tf.nest.flatten(real), tf.nest.flatten(fake), strict=True)
    return tf.add_n([_distance(_unit(u), _unit(v)) for u, v in pairs])


def _distance(u, v):
    squares = tf.reduce_sum(tf.square(u - v), axis=-1)
    return tf.reduce_mean(tf.reshape(squares, [tf.shape(u)[0], -1]), axis=-1)


def _unit(features):
    features = tf.cast(features, tf.float32)
    squares = tf.reduce_sum(tf.square(features), axis=-1, keepdims=True)
    return features * tf.math.rsqrt(squares + _TINY)
