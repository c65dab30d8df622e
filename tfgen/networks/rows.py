"""What networks over rows of tokens have in common."""

from typing import Any

import tensorflow as tf

from tfgen import sampling
from tfgen.replicas import global_batch

_FEW = 512  # tokens of which a product with one-hot rows is faster than rows looked up


def shifted(network: Any, tokens: tf.Tensor) -> tf.Tensor:
    """Return for each place the token before it, which is its input; `network.blank` at first."""
    tokens = tf.cast(tokens, tf.int32)
    return tf.concat([tf.fill([tf.shape(tokens)[0], 1], network.blank), tokens[:, :-1]], axis=1)


def embedded(table: Any, tokens: tf.Tensor, dtype: str, training: bool = False) -> tf.Tensor:
    """Return the vector of each token, `[..., width]`.

    In training, few tokens are looked up by a product: its gradient is a product too, where that
    of a look-up adds row by row.

    Args:
        table: float `[vocabulary, width]`.
        tokens: int32 `[...]`.
        dtype: of the vectors.
        training: whether there is a gradient.
    """
    table = tf.cast(tf.convert_to_tensor(table), dtype)
    count, width = table.shape
    if not training or count > _FEW:
        return tf.gather(table, tokens)
    vectors = tf.one_hot(tf.reshape(tokens, [-1]), count, dtype=dtype) @ table
    return tf.reshape(vectors, [-1, *tokens.shape[1:], width])


def fresh_seeds(generator: Any, count: tf.Tensor) -> tf.Tensor:
    """Return new seeds for rows of noise, int32 `[count, 2]`, by their place in the global batch.

    Args:
        generator: a `keras.random.SeedGenerator`.
        count: rows of this replica.
    """
    seed, counter = tf.unstack(tf.cast(generator.next(), tf.int32))
    return sampling.seeds(sampling.fold(seed, counter), count, global_batch(count)[1])
