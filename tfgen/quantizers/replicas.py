"""What the replicas of a step know together.

Quantizers learn in the forward pass, from the whole batch: replicas with half a batch each must
come to the codebook that one replica would.
"""

import tensorflow as tf

from tfgen.replicas import global_batch, several, sum_over_replicas


def concatenate(values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return the values `[count]` of all replicas, one after the other, and where ours begin.

    Args:
        values: float32 `[count]`, whose length may differ between replicas.

    Returns:
        float32 `[counts of all replicas]`, the same on each, and an int32 scalar.
    """
    if several() is None:
        return values, 0
    count = tf.shape(values)[0]
    counts, start = global_batch(count)
    places = start + tf.range(count)
    padded = tf.scatter_nd(places[:, None], values, [tf.reduce_sum(counts)])
    return sum_over_replicas(padded), start


def gather_rows(rows: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Return rows of the global batch, `[len(places), dim]`, the same on each replica.

    Args:
        rows: float32 `[count, dim]`, this replica's part.
        places: int32, counted from the first of this replica's rows: elsewhere, another has them.
    """
    count = tf.shape(rows)[0]
    ours = (places >= 0) & (places < count)
    with_zeros = tf.pad(rows, [[0, 1], [0, 0]])  # what the replicas without the row contribute
    return sum_over_replicas(tf.gather(with_zeros, tf.where(ours, places, count)))
