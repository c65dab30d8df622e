"""What the replicas of a step know together.

Quantizers learn in the forward pass, from the whole batch: replicas with half a batch each must
come to the codebook that one replica would.
"""

import tensorflow as tf


def sum_over_replicas(values):
    """Return the sums of a tensor, or of each of a list, over the replicas of this step."""
    context = _several()
    return values if context is None else context.all_reduce(tf.distribute.ReduceOp.SUM, values)


def concatenate(values):
    """Return the values `[count]` of all replicas, one after the other, and where ours begin.

    Args:
        values: float32 `[count]`, whose length may differ between replicas.

    Returns:
        float32 `[counts of all replicas]`, the same on each, and an int32 scalar.
    """
    context = _several()
    if context is None:
        return values, 0
    count, replica = tf.shape(values)[0], context.replica_id_in_sync_group
    mine = tf.one_hot(replica, context.num_replicas_in_sync, on_value=count, dtype=tf.int32)
    counts = sum_over_replicas(mine)
    start = tf.cumsum(counts, exclusive=True)[replica]
    places = start + tf.range(count)
    padded = tf.scatter_nd(places[:, None], values, [tf.reduce_sum(counts)])
    return sum_over_replicas(padded), start


def gather_rows(rows, places):
    """Return rows of the global batch, `[len(places), dim]`, the same on each replica.

    Args:
        rows: float32 `[count, dim]`, this replica's part.
        places: int32, counted from the first of this replica's rows: elsewhere, another has them.
    """
    count = tf.shape(rows)[0]
    ours = (places >= 0) & (places < count)
    with_zeros = tf.pad(rows, [[0, 1], [0, 0]])  # what the replicas without the row contribute
    return sum_over_replicas(tf.gather(with_zeros, tf.where(ours, places, count)))


def _several():
    context = tf.distribute.get_replica_context()
    several = context is not None and context.num_replicas_in_sync > 1
    return context if several else None
