"""Attention to what came before, and its gradient, with as few passes over the scores as can be."""

import tensorflow as tf

from tfgen.networks.islands import island

_PART = 128  # places that attend together: what comes after the last of them is not computed
_MOST = 30.0  # of scores, so that no exponential overflows


def attend(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor) -> tf.Tensor:
    """Return weighted means of the values up to each place, `[batch, heads, length, size]`.

        o = (E v) / (E 1),   E = exp(q k^T) where the key's place is not after the query's, else 0

    Queries and keys are normalised, so that no maximum needs to be subtracted: the exponential, the
    one pass over the scores, is all that the softmax takes here. The gradient has one pass too:

        ds = E * (do v^T - (o * do) 1) / (E 1)

    Args:
        q: queries `[batch, heads, length, size]`, their products with the keys below 30 or so.
        k: keys, likewise.
        v: values, likewise.

    Reference: Dao et al. 2022, "FlashAttention", arXiv 2205.14135, appendix B.2, for the gradient.

    Example:
        >>> q = tf.zeros([1, 1, 3, 2])
        >>> attend(q, q, tf.reshape(tf.range(6.0), [1, 1, 3, 2])).numpy().tolist()
        [[[[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]]]
    """
    length, parts = q.shape[2], []
    for start in range(0, length, _PART):
        stop = min(start + _PART, length)
        parts.append(_part(q[:, :, start:stop], k[:, :, :stop], v[:, :, :stop]))
    return tf.concat(parts, axis=2) if len(parts) > 1 else parts[0]


@tf.custom_gradient
def _part(q, k, v):
    """`attend` of the last places only: `[batch, heads, from, size]`."""
    weights = island(exponentials, [tf.matmul(q, k, transpose_b=True)])
    with_one = tf.concat([v, tf.ones_like(v[..., :1])], axis=-1)
    sums = tf.matmul(weights, with_one)
    means, total = island(divided, [sums])

    def gradient(upstream):
        upstream, within = island(shared, [means, total, upstream])
        slope = tf.matmul(upstream, v, transpose_b=True)
        slope = island(score_slopes, [weights, slope, within])
        return (
            tf.matmul(slope, k),
            tf.matmul(slope, q, transpose_a=True),
            tf.matmul(weights, upstream, transpose_a=True),
        )

    return means, gradient


def exponentials(scores):
    """exp(scores) of the places up to each, the last of which are asked; 0 of the others."""
    asked, known = scores.shape[-2:]
    mask = tf.range(known)[None, :] <= tf.range(known - asked, known)[:, None]
    wide = tf.exp(tf.minimum(tf.cast(scores, tf.float32), _MOST))
    return tf.cast(tf.where(mask, wide, 0.0), scores.dtype)


def divided(sums):
    """Means, and what they were divided by, float32."""
    wide = tf.cast(sums, tf.float32)
    total = wide[..., -1:]
    return tf.cast(wide[..., :-1] / total, sums.dtype), total


def shared(means, total, upstream):
    """What arrives at the means, per weight, and the part of it that all weights share."""
    wide = tf.cast(upstream, tf.float32) / total
    within = tf.reduce_sum(tf.cast(means, tf.float32) * wide, axis=-1, keepdims=True)
    return tf.cast(wide, means.dtype), within


def score_slopes(weights, slope, within):
    """The gradient with respect to the scores, 0 where the weights are."""
    wide = tf.cast(weights, tf.float32) * (tf.cast(slope, tf.float32) - within)
    return tf.cast(wide, weights.dtype)
