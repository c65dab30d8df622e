"""Batches of stored examples, each pass over which is one epoch: one pipeline for every kind."""

import dataclasses
import math

import numpy as np
import tensorflow as tf

from tfgen.data import shuffling
from tfgen.data.epochs import epochs
from tfgen.data.examples import InMemory


def batches_of(
    examples, look, *, batch_size, seed, first_epoch, labels, shuffle, drop_remainder
) -> tf.data.Dataset:
    """Return the dataset of the batches of an epoch; passes count up from `first_epoch`.

    Args:
        examples: `InMemory` or `Streamed`.
        look: what becomes of a batch, such as `Pixels`. It has `prepared(examples, seed)`, which
            returns a look and examples, and `of_epoch(examples, seed, epoch)`, which returns the
            function `(number of the batch, indices, raw batch) -> float32 batch`.
        batch_size: examples in a batch, over all replicas together.
        seed: from 0 to 2**31 - 1.
        first_epoch: epoch of the first pass, at least 0.
        labels: whether to return pairs of examples and labels.
        shuffle: whether every epoch has its own order.
        drop_remainder: whether to leave out a last, smaller batch.

    Raises:
        ValueError: for numbers out of their range, and for labels where there are none.
    """
    check_numbers(batch_size, seed, first_epoch)
    _check_examples(examples, labels, batch_size, drop_remainder)
    look, examples = look.prepared(examples, seed)
    if isinstance(examples, InMemory) and not labels:
        examples = dataclasses.replace(examples, labels=None)  # or every batch would look them up
    one_epoch = _one_epoch(examples, look, batch_size, drop_remainder, labels, shuffle, seed)
    batches = examples.count / batch_size
    count = math.floor(batches) if drop_remainder else math.ceil(batches)
    return epochs(one_epoch, count, first_epoch).with_options(_options())


def _one_epoch(examples, look, batch_size, drop_remainder, labels, shuffle, seed):
    """The function from an epoch to the dataset of its batches."""
    shape = (batch_size if drop_remainder else None, *examples.shape)
    batches = examples.epoch(batch_size, drop_remainder)

    def one_epoch(epoch):
        order = shuffling.key(seed, shuffling.ORDER, epoch) if shuffle else None
        appearance = look.of_epoch(examples, seed, epoch)

        def finish(number, indices, raw, classes):
            batch = tf.ensure_shape(appearance(number, indices, raw), shape)
            return (batch, tf.ensure_shape(classes, shape[:1])) if labels else batch

        return batches(order, finish)

    return one_epoch


def _options():
    options = tf.data.Options()
    # Workers share every batch; by files they would see different numbers of examples.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    # There is nothing to tune, and where XLA's threads are as many as the cores, its wake-ups make
    # two of them share one: steps of small networks took a third longer.
    options.autotune.enabled = False
    return options


def _check_integer(name, value, least):
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not integer or not least <= value < 2**31:
        raise ValueError(
            f"Batches received {name}={value!r}: expected an integer from {least} to 2**31 - 1."
        )


def check_numbers(batch_size, seed, first_epoch):
    """Raise ValueError for numbers out of their range."""
    _check_integer("batch_size", batch_size, 1)
    _check_integer("seed", seed, 0)
    _check_integer("first_epoch", first_epoch, 0)


def _check_examples(examples, labels, batch_size, drop_remainder):
    if labels and not examples.has_labels:
        raise ValueError(
            "Batches received labels=True for data without labels: expected a pair (examples, "
            "labels), or a folder with one sub-folder per class. Leave labels out."
        )
    if drop_remainder and batch_size > examples.count:
        raise ValueError(
            f"Batches received batch_size={batch_size} with drop_remainder=True for "
            f"{examples.count} examples: not one batch. Choose batch_size={examples.count} or less."
        )
