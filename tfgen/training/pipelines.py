"""Batches for the steps of `fit`: what a `tf.data` pipeline is made of, and how it is made fast.

tf.data's autotuning wakes at the scheduler's tick, and where XLA's threads are as many as the cores
its wake-ups put two of them on one: a step of a small network then takes a third longer, in some
calls of `fit` and not in others. So it is off wherever it would have nothing to tune.
"""

import numpy as np
import tensorflow as tf

_AHEAD = 2  # batches that are ready before the step that takes them
# Whose numbers of threads tf.data tunes, to the gain of pipelines that decode or read files.
_TUNED = ("Parallel", "Interleave", "MapAndBatch")
# What a second look would take from the training, or would make it wait for twice.
_ONCE = ("Generator", "Shuffle", "Cache")


def of_arrays(arrays, batch_size, shuffle):
    """Return a dataset of the batches of arrays, each pass in a new order if `shuffle`.

    Args:
        arrays: tuple of arrays of one length.
        batch_size: rows in a batch.
        shuffle: whether to shuffle anew for each pass, by TensorFlow's global seed.
    """
    count = len(arrays[0])

    def order(_):
        rows = tf.range(count, dtype=tf.int64)
        return tf.random.shuffle(rows) if shuffle else rows

    passes = (
        tf.data.Dataset.range(1)
        .map(order)
        .flat_map(lambda rows: tf.data.Dataset.from_tensor_slices(rows).batch(batch_size))
    )
    held = tf.data.Dataset.from_tensors(arrays).repeat()
    batches = tf.data.Dataset.zip((passes, held)).map(
        lambda rows, whole: tuple(tf.gather(array, rows) for array in whole)
    )
    batches = batches.apply(tf.data.experimental.assert_cardinality(-(-count // batch_size)))
    return quick(batches)


def quick(dataset):
    """Return the dataset, read ahead and without autotuning, where its maker left that open."""
    if dataset.options().autotune.enabled is not None or _holds(dataset, _TUNED):
        return dataset
    options = tf.data.Options()
    options.autotune.enabled = False
    # Workers share every batch; by files they would see different numbers of examples.
    policy = tf.data.experimental.AutoShardPolicy
    if dataset.options().experimental_distribute.auto_shard_policy in (None, policy.AUTO):
        options.experimental_distribute.auto_shard_policy = policy.DATA
    return dataset.prefetch(_AHEAD).with_options(options)


def read_once(dataset):
    """Whether looking at the first batch would take it from the training, or cost as much."""
    if _holds(dataset, _ONCE):
        return True
    # A pass of the house's own counts once its last batch was taken.
    return int(dataset.cardinality()) == 1 and _holds(dataset, ("PyFunc",))


def with_look(dataset, look):
    """Return the dataset, the first batch of each pass shown to `look`, a function in Python."""

    def show(*tensors):
        look(*tensors)
        return np.int64(0)

    def pass_on(number, batch):
        shown = tf.cond(
            tf.equal(number, 0),
            lambda: tf.numpy_function(show, tf.nest.flatten(batch), tf.int64),
            lambda: tf.constant(0, tf.int64),
        )
        with tf.control_dependencies([shown]):
            return tf.nest.map_structure(tf.identity, batch)

    return dataset.enumerate().map(pass_on)


def count(dataset):
    """Return the number of batches, or None if it is unknown or infinite."""
    batches = int(dataset.cardinality())
    return batches if batches > 0 else None


def _holds(dataset, names):
    return any(name in operation for operation in _operations(dataset) for name in names)


def _operations(dataset):
    """Return the names of all operations of a pipeline, those within its functions too."""
    found = {type(dataset).__name__}
    for function in dataset._functions():
        graph = function.function.graph.as_graph_def()
        bodies = [graph.node, *(each.node_def for each in graph.library.function)]
        found |= {node.op for nodes in bodies for node in nodes}
    return found.union(*(_operations(each) for each in dataset._inputs()))
