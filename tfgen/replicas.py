"""What the replicas of a step know together; all of it is trivial where there is one."""

from typing import NamedTuple

import tensorflow as tf


def several():
    """Return the context of this replica among several, or None where it is alone."""
    context = tf.distribute.get_replica_context()
    return context if context is not None and context.num_replicas_in_sync > 1 else None


def sum_over_replicas(values):
    """Return the sums of a tensor, or of each of a list, over the replicas of this step."""
    context = several()
    return values if context is None else context.all_reduce(tf.distribute.ReduceOp.SUM, values)


def global_batch(count):
    """Return the examples on each replica, int32 `[replicas]`, and those before this one's.

    Args:
        count: the examples on this replica, an int32 scalar.
    """
    context = several()
    if context is None:
        return tf.reshape(count, [1]), 0
    replica = context.replica_id_in_sync_group
    mine = tf.one_hot(replica, context.num_replicas_in_sync, on_value=count, dtype=tf.int32)
    counts = sum_over_replicas(mine)
    return counts, tf.cumsum(counts, exclusive=True)[replica]


class Gathered(NamedTuple):
    """Rows of all replicas, the same on each.

    Attributes:
        values: `[rows of all replicas, ...]`.
        start: int32 scalar, where this replica's begin.
    """

    values: tf.Tensor
    start: tf.Tensor


def gathered(rows):
    """Return the rows of all replicas, one after the other, with a gradient to each.

    Args:
        rows: float `[count, ...]`, of which replicas may have different counts.
    """
    rows = tf.convert_to_tensor(rows)
    if several() is None:
        return Gathered(rows, tf.constant(0))
    count = tf.shape(rows)[0]
    counts, start = global_batch(count)
    places = start + tf.range(count)
    shape = tf.concat([[tf.reduce_sum(counts)], tf.shape(rows)[1:]], axis=0)
    padded = tf.scatter_nd(places[:, None], rows, shape)
    return Gathered(tf.ensure_shape(sum_over_replicas(padded), [None, *rows.shape[1:]]), start)
