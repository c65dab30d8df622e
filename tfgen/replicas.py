"""What the replicas of a step know together; all of it is trivial where there is one."""

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
