"""Passes as Keras and distribution strategies make them."""

import gc
import time

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.data import images
from tfgen.data.epochs import epochs


def numbered(batches, first_epoch=0):
    """A dataset of which every element is its epoch."""

    def one_epoch(epoch):
        return tf.data.Dataset.from_tensors(epoch).repeat(batches)

    return epochs(one_epoch, batches, first_epoch)


def test_passes_count_from_the_first_epoch():
    dataset = numbered(3, first_epoch=4)
    gc.collect()  # the counter must live as long as the dataset
    assert [[int(e) for e in dataset] for _ in range(3)] == [[4] * 3, [5] * 3, [6] * 3]


@pytest.mark.parametrize("batches", [1, 2, 3, 10])
def test_broken_off_passes_do_not_count(batches):
    dataset = numbered(batches)
    for taken in range(batches):
        assert [int(e) for e in dataset.take(taken)] == [0] * taken
    assert [int(e) for e in dataset] == [0] * batches
    assert [int(e) for e in dataset] == [1] * batches


def test_reading_ahead_does_not_count():
    dataset = numbered(3)
    iterator = iter(dataset)
    next(iterator)
    time.sleep(0.3)  # for the prefetching to run through
    assert int(next(iter(dataset))) == 0


def test_a_pass_counts_with_its_last_batch_though_nobody_asks_for_more():
    dataset = numbered(2)
    iterator = iter(dataset)
    next(iterator), next(iterator)
    assert int(next(iter(dataset))) == 1


def test_repeat_goes_from_epoch_to_epoch():
    assert [int(e) for e in numbered(2).repeat(3)] == [0, 0, 1, 1, 2, 2]


class Recorder(keras.Model):
    """Sums what it is trained on, without learning."""

    def __init__(self):
        super().__init__()
        self.total = self.add_weight(shape=(), initializer="zeros", name="total")
        self.examples = self.add_weight(shape=(), initializer="zeros", name="examples")

    def train_step(self, data):
        self.total.assign_add(tf.reduce_sum(data))
        self.examples.assign_add(tf.cast(tf.shape(data)[0], tf.float32))
        return {"total": self.total, "examples": self.examples}

    def call(self, x):
        return x


class Codes(keras.Model):
    """Returns, for each step, a number that tells which images the batch holds, in which order."""

    def call(self, x):
        return x

    def train_step(self, data):
        first = data[:, 0, 0, 0]
        places = tf.range(1, tf.size(first) + 1, dtype=tf.float32)
        return {"code": tf.reduce_sum(first * places)}


def ramp(count):
    return np.arange(count, dtype=np.float64).reshape(count, 1, 1) / count


def codes(array, fit_epochs, first_epoch=0):
    model = Codes()
    model.compile()
    collected = []
    collect = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: collected.append(float(logs["code"]))
    )
    dataset = images(array, batch_size=16, first_epoch=first_epoch)
    model.fit(dataset, epochs=fit_epochs, shuffle=False, verbose=0, callbacks=[collect])
    return collected


def test_fit_takes_one_pass_per_epoch_and_resumes():
    whole = codes(ramp(40), 4)
    assert len(whole) == 4 * 3
    assert len({tuple(whole[i : i + 3]) for i in range(0, 12, 3)}) == 4
    assert codes(ramp(40), 2, first_epoch=2) == whole[6:]
    dataset = images(ramp(40), batch_size=16)
    expected = [
        float(np.dot(batch[:, 0, 0, 0], np.arange(1, len(batch) + 1)))
        for _ in range(4)
        for batch in dataset
    ]
    np.testing.assert_allclose(whole, expected, rtol=1e-6)


@pytest.fixture(scope="module")
def strategy():
    devices = tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        pytest.skip("needs two logical CPU devices, configured before TensorFlow starts")
    return tf.distribute.MirroredStrategy(
        [device.name for device in devices[:2]],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )


def replica_batches(strategy, dataset):
    """Per step, the list of what each replica received."""
    steps = strategy.experimental_distribute_dataset(dataset)
    return [[part.numpy() for part in strategy.experimental_local_results(step)] for step in steps]


def test_replicas_share_each_global_batch(strategy):
    alone = images(ramp(40), batch_size=16)
    shared = images(ramp(40), batch_size=16)
    for _ in range(3):
        expected = [batch.numpy() for batch in alone]
        steps = replica_batches(strategy, shared)
        assert [[len(part) for part in step] for step in steps] == [[8, 8], [8, 8], [4, 4]]
        for batch, step in zip(expected, steps, strict=True):
            np.testing.assert_array_equal(np.concatenate(step), batch)


def test_fit_on_two_replicas_sees_every_image_once(strategy):
    array = ramp(40)
    with strategy.scope():
        model = Recorder()
        model.compile()
        dataset = images(array, batch_size=16)  # made in scope: its counter must not be mirrored
    model.fit(dataset, epochs=2, shuffle=False, verbose=0)
    assert per_replica_sum(strategy, model.examples) == 2 * 40
    np.testing.assert_allclose(per_replica_sum(strategy, model.total), 2 * array.sum(), rtol=1e-6)


def per_replica_sum(strategy, variable):
    values = strategy.experimental_local_results(variable.value)
    return sum(float(value) for value in values)


def test_workers_share_each_batch_by_data():
    """What two workers would get under AutoShardPolicy.DATA."""
    dataset = images(ramp(40), "test", batch_size=16)
    policy = dataset.options().experimental_distribute.auto_shard_policy
    assert policy == tf.data.experimental.AutoShardPolicy.DATA
    halves = dataset.rebatch(8)
    parts = [np.concatenate([b.numpy() for b in halves.shard(2, i)]) for i in range(2)]
    np.testing.assert_allclose(np.sort(np.concatenate(parts).ravel()), ramp(40).ravel(), rtol=1e-6)
