"""A dataset of which every pass is the next epoch."""

import numpy as np
import tensorflow as tf

_PREFETCH = 2  # batches that are ready ahead of the training step


def epochs(one_epoch, batches, first_epoch=0):
    """Return a dataset whose passes are `one_epoch(first_epoch)`, `one_epoch(first_epoch + 1)`, ...

    A pass counts once its last batch was taken. Passes that are broken off, as when `model.fit`
    builds the model on a first batch or someone looks at one, start the same epoch again, and so a
    training that resumes at epoch e sees what the uninterrupted one saw there. (Distribution
    strategies read a few batches ahead of the replicas: there, a glance at a set of fewer than
    ten batches may count.)

    Args:
        one_epoch: function from the epoch, int64 scalar, to a finite dataset.
        batches: number of elements of every epoch, at least 1.
        first_epoch: epoch of the first pass, at least 0.

    Returns:
        tf.data.Dataset with a cardinality of `batches`.
    """
    counter = _Counter(first_epoch)
    passes = tf.data.Dataset.range(1).flat_map(lambda _: one_epoch(_graph_call(counter.read)))
    # Behind the prefetching, or else a glance at a small set would run through to its last batch.
    # Zip and a map that only selects cost next to nothing per batch.
    last = tf.data.Dataset.range(1).map(lambda _: _graph_call(counter.advance))
    ticks = tf.data.Dataset.range(batches - 1).concatenate(last)
    batch_and_tick = tf.data.Dataset.zip((passes.prefetch(_PREFETCH), ticks))
    selected = batch_and_tick.map(lambda batch, tick: batch)
    counted = selected.apply(tf.data.experimental.assert_cardinality(batches))
    return counted.with_options(_no_reading_ahead())


def _no_reading_ahead():
    """TensorFlow would make the selecting map parallel and append a prefetch: both run ahead."""
    options = tf.data.Options()
    options.experimental_optimization.map_parallelization = False
    options.experimental_optimization.inject_prefetch = False
    return options


class _Counter:
    """The epoch of the next pass. A tf.Variable would be mirrored by a strategy's scope."""

    def __init__(self, epoch):
        self.epoch = epoch

    def read(self):
        return np.int64(self.epoch)

    def advance(self):
        self.epoch += 1
        return np.int64(self.epoch)


def _graph_call(method):
    return tf.ensure_shape(tf.numpy_function(method, [], tf.int64), [])
