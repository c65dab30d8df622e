"""ActiveUnits against the variance of the whole data, however it is batched or spread."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.metrics import ActiveUnits

DEVIATIONS = np.array([0.0, 0.05, 0.099, 0.101, 0.2, 3.0])


def draw_means(count=600, offset=0.0, seed=0):
    """Posterior means whose deviations over the data are exactly DEVIATIONS."""
    noise = np.random.default_rng(seed).normal(size=(count, len(DEVIATIONS)))
    noise = (noise - noise.mean(axis=0)) / noise.std(axis=0)
    return (offset + DEVIATIONS * noise).astype("float32")


def feed(metric, means, batch_size):
    for start in range(0, len(means), batch_size):
        metric.update_state(means[start : start + batch_size])
    return metric


@pytest.mark.parametrize("batch_size", [1, 37, 600])
def test_any_batching_gives_the_variance_of_the_whole(batch_size):
    means = draw_means()
    metric = feed(ActiveUnits(latent_dim=6), means, batch_size)
    np.testing.assert_allclose(metric.variances(), np.var(means, axis=0), rtol=1e-5, atol=1e-9)
    assert float(metric.result()) == 3.0
    assert metric.result().dtype == tf.float32


@pytest.mark.parametrize(("threshold", "expected"), [(0.0, 5.0), (0.0099, 3.0), (0.03, 2.0)])
def test_the_threshold_is_a_variance(threshold, expected):
    metric = feed(ActiveUnits(6, threshold=threshold), draw_means(), 100)
    assert float(metric.result()) == expected


def test_a_large_mean_does_not_drown_a_small_variance():
    means = draw_means(offset=300.0)
    metric = feed(ActiveUnits(6), means, 50)
    expected = np.var(means.astype("float64"), axis=0)
    np.testing.assert_allclose(metric.variances(), expected, rtol=1e-5, atol=1e-9)


def test_reset_forgets_the_data():
    metric = feed(ActiveUnits(6), draw_means(offset=9.0), 100)
    metric.reset_state()
    assert float(metric.result()) == 0.0
    feed(metric, draw_means(seed=1), 100)
    np.testing.assert_allclose(metric.variances(), DEVIATIONS**2, rtol=1e-4, atol=1e-9)


@pytest.mark.parametrize("jit_compile", [False, True])
def test_updates_run_in_graphs(jit_compile):
    metric = ActiveUnits(6)
    tf.function(metric.update_state, jit_compile=jit_compile)(draw_means())
    assert float(metric.result()) == 3.0


def test_half_precision_means_are_accepted():
    metric = ActiveUnits(6)
    metric.update_state(tf.cast(draw_means(), tf.bfloat16))
    np.testing.assert_allclose(metric.variances(), DEVIATIONS**2, rtol=2e-2, atol=1e-9)


def test_saving_keeps_the_settings():
    metric = ActiveUnits(6, threshold=0.02, name="units")
    copy = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(metric))
    assert copy.get_config() == metric.get_config()
    assert (copy.latent_dim, copy.threshold, copy.name) == (6, 0.02, "units")


def test_replicas_add_up():
    devices = tf.config.list_logical_devices("CPU")
    if len(devices) < 2:
        pytest.skip("needs two logical CPU devices")
    strategy = tf.distribute.MirroredStrategy(
        [device.name for device in devices[:2]],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )
    means = draw_means(offset=5.0)
    with strategy.scope():
        metric = ActiveUnits(6)
    # 600 = 3 * 150 + 2 * 75: the last batch is smaller, and so is each replica's share of it.
    data = strategy.experimental_distribute_dataset(
        tf.data.Dataset.from_tensor_slices(means).batch(175)
    )

    @tf.function
    def update(batch):
        strategy.run(metric.update_state, args=(batch,))

    for batch in data:
        update(batch)
    np.testing.assert_allclose(metric.variances(), np.var(means, axis=0), rtol=1e-4, atol=1e-9)
    assert float(metric.result()) == 3.0
