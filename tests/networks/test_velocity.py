"""Networks of velocities: what time, class and place do to them."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen import networks
from tfgen.networks.unet import DepthToSpace
from tfgen.networks.velocity import FourierFeatures, ModulatedNorm

SHAPES = {"mlp": (5,), "unet": (8, 12, 3)}


def network(name, **arguments):
    keras.utils.set_random_seed(0)
    make = networks.velocity_mlp if name == "mlp" else networks.velocity_unet
    built = make(SHAPES[name], 8, 1, **arguments)
    output = built.get_layer("outputs")
    output.kernel.assign(30.0 * output.kernel)  # as large as trained ones
    return built


def inputs(name, num_classes=None, times=1, count=3):
    rng = np.random.default_rng(0)
    x = tf.constant(rng.normal(size=(count, *SHAPES[name])), tf.float32)
    t = tf.constant(rng.uniform(size=(count, times)), tf.float32)
    return [x, t] if num_classes is None else [x, t, tf.constant([0, 1, 4][:count])]


@pytest.mark.parametrize("name", SHAPES)
def test_every_input_matters_and_rows_are_apart(name):
    built, (x, t, labels) = network(name, num_classes=4, times=2), inputs(name, 4, 2)
    before = built([x, t, labels]).numpy()
    assert before.shape == x.shape and before.dtype == np.float32
    others = [[x + 0.1, t, labels], [x, t * [[0.9, 1.0]], labels], [x, t * [[1.0, 0.9]], labels],
              [x, t, tf.constant([1, 2, 0])]]  # fmt: skip
    for other in others:
        changed = np.abs(built(other) - before).reshape(3, -1).max(axis=1)
        assert np.all(changed > 1e-4)
    np.testing.assert_allclose(built([x[1:2], t[1:2], labels[1:2]]), before[1:2], atol=1e-5)


@pytest.mark.parametrize("name", SHAPES)
def test_every_weight_gets_a_gradient(name):
    built = network(name, num_classes=4)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(tf.square(built(inputs(name, 4))))
    weights = built.trainable_variables
    for weight, gradient in zip(
        weights, tape.gradient(loss, [w.value for w in weights]), strict=True
    ):
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0, weight.path


def test_time_is_told_by_waves():
    waves = FourierFeatures(count=3, highest=4.0)(tf.constant([[0.25, 0.5]])).numpy()[0]
    angles = np.pi * np.concatenate([0.25 * np.array([1, 2, 4]), 0.5 * np.array([1, 2, 4])])
    np.testing.assert_allclose(waves, [*np.sin(angles), *np.cos(angles)], atol=1e-6)


@pytest.mark.parametrize("shape", [(6,), (2, 3, 6)])
def test_modulated_norm_is_its_formula(shape):
    rng = np.random.default_rng(0)
    x, c = rng.normal(size=(4, *shape)).astype(np.float32), rng.normal(size=(4, 5))
    c = c.astype(np.float32)
    layer = ModulatedNorm()
    found = layer([tf.constant(x), tf.constant(c)]).numpy()
    modulation = c @ layer.dense.kernel.numpy() + layer.dense.bias.numpy()
    modulation = modulation.reshape(4, *[1] * (len(shape) - 1), 12)
    normed = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6)
    np.testing.assert_allclose(
        found, normed * (1 + modulation[..., :6]) + modulation[..., 6:], atol=1e-5
    )


def test_pixels_come_from_the_place_that_saw_them():
    image = np.random.default_rng(0).normal(size=(1, 4, 6, 2)).astype(np.float32)
    places = tf.nn.space_to_depth(image, 2)
    np.testing.assert_array_equal(DepthToSpace()(places), image)
