"""The nearest code."""

import tensorflow as tf


def nearest(rows: tf.Tensor, codebook: tf.Tensor) -> tf.Tensor:
    """Return the index of the nearest code for each row, int32 `[rows]`; of equals, the first.

    By Euclidean distance, from |x - e|^2 = |x|^2 - 2 x.e + |e|^2, whose first term is the same for
    every code.

    Args:
        rows: float32 `[rows, code_dim]`.
        codebook: float32 `[codebook_size, code_dim]`.

    Example:
        >>> nearest(tf.constant([[0.9], [-3.0]]), tf.constant([[0.0], [1.0]])).numpy().tolist()
        [1, 0]
    """
    products = tf.matmul(rows, codebook, transpose_b=True)  # [rows, codebook_size]
    squares = tf.reduce_sum(tf.square(codebook), axis=-1)
    return tf.argmin(squares - 2.0 * products, axis=-1, output_type=tf.int32)
