"""The minibatch standard deviation against NumPy, and the batches that it must refuse."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.networks import MinibatchStdDev


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("shape", [(8, 5), (8, 3, 2, 5)])
@pytest.mark.parametrize("jit", [False, True])
def test_channel_is_the_mean_deviation_of_each_group_of_neighbours(shape, jit):
    x = draw(*shape)
    outputs = tf.function(MinibatchStdDev(4), jit_compile=jit)(x).numpy()
    np.testing.assert_array_equal(outputs[..., :-1], x)
    for rows in (slice(0, 4), slice(4, 8)):
        expected = np.std(x[rows], axis=0).mean()
        np.testing.assert_allclose(outputs[rows, ..., -1], expected, rtol=1e-4)


def test_group_does_not_depend_on_the_rest_of_the_batch():
    x, layer = draw(12, 5), MinibatchStdDev(3)
    np.testing.assert_allclose(layer(x)[3:6], layer(x[3:6]), rtol=1e-6)


def test_equal_examples_give_zero_and_a_finite_gradient():
    x = tf.ones([4, 6])
    with tf.GradientTape() as tape:
        tape.watch(x)
        deviation = MinibatchStdDev(4)(x)[:, -1]
    np.testing.assert_allclose(deviation, 0.0, atol=2e-4)
    assert np.isfinite(tape.gradient(deviation, x)).all()


def test_gradient_agrees_with_differences():
    x, direction, layer = draw(4, 3), draw(4, 3, seed=1), MinibatchStdDev(2)

    def value(x):
        return tf.reduce_sum(layer(x)[:, -1] * [1.0, 2.0, 3.0, 4.0])

    variable = tf.Variable(x)
    with tf.GradientTape() as tape:
        result = value(variable)
    slope = (value(x + 1e-2 * direction) - value(x - 1e-2 * direction)) / 2e-2
    received = np.sum(tape.gradient(result, variable) * direction)
    assert received == pytest.approx(float(slope), rel=1e-2)


def test_two_replicas_form_the_groups_of_one(two_replicas):
    x, layer = draw(8, 5), MinibatchStdDev(2)
    data = tf.data.Dataset.from_tensor_slices(x).batch(8)
    batch = next(iter(two_replicas.experimental_distribute_dataset(data)))
    results = two_replicas.run(tf.function(layer), args=(batch,))
    joined = tf.concat(two_replicas.experimental_local_results(results), axis=0)
    np.testing.assert_allclose(joined, layer(x), rtol=1e-6)


@pytest.mark.parametrize("batch", [2, 6])
def test_batches_that_cannot_be_divided_are_refused(batch):
    x, layer = draw(batch, 5), MinibatchStdDev(4)
    with pytest.raises(
        ValueError, match=f"batch of {batch}: it must be a multiple of group_size=4"
    ):
        layer(x)

    @tf.function(input_signature=[tf.TensorSpec([None, 5])])
    def unknown(x):
        return layer(x)

    assert unknown(draw(8, 5)).shape == (8, 6)
    with pytest.raises(tf.errors.InvalidArgumentError, match="must be a multiple of group_size=4"):
        unknown(x)
    with pytest.raises((ValueError, tf.errors.InvalidArgumentError)):
        tf.function(unknown.python_function, jit_compile=True)(tf.constant(x))


def test_empty_share_of_a_batch_stays_empty():
    unknown = tf.function(MinibatchStdDev(4), input_signature=[tf.TensorSpec([None, 5])])
    assert unknown(np.zeros((0, 5), np.float32)).shape == (0, 6)


def test_saves_and_refuses_groups_of_one(tmp_path):
    inputs = keras.Input((5,))
    network = keras.Model(inputs, MinibatchStdDev(2)(inputs))
    network.save(tmp_path / "network.keras")
    x = draw(4, 5)
    np.testing.assert_array_equal(
        keras.models.load_model(tmp_path / "network.keras")(x), network(x)
    )
    with pytest.raises(ValueError, match="group_size=1"):
        MinibatchStdDev(1)
