"""Spectral normalisation against singular values, and its gradient against the paper's formula."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen import networks
from tfgen.networks import SpectralNormalization
from tfgen.networks.spectral import advance_power_iterations


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


LAYERS = {
    "dense": (lambda: keras.layers.Dense(4), draw(3, 6)),
    "convolution": (lambda: keras.layers.Conv2D(4, 3, 2, padding="same"), draw(2, 5, 5, 3)),
    "embedding": (lambda: keras.layers.Embedding(5, 4), np.array([0, 3, 3])),
}
each = pytest.mark.parametrize("kind", LAYERS)


def built(kind, iterations=200):
    make, x = LAYERS[kind]
    layer = SpectralNormalization(make())
    layer(x)
    if getattr(layer.layer, "bias", None) is not None:
        layer.layer.bias.assign(draw(4, seed=1))
    for _ in range(iterations):
        layer.advance()
    return layer, x


def matrix(layer):
    kernel = np.asarray(layer._kernel)
    return kernel.reshape(-1, kernel.shape[-1])


@each
def test_sigma_becomes_the_largest_singular_value(kind):
    layer, _ = built(kind)
    largest = np.linalg.svd(matrix(layer), compute_uv=False)[0]
    assert float(layer.sigma()) == pytest.approx(largest, rel=1e-4)


@each
def test_outputs_are_those_of_the_divided_kernel(kind):
    layer, x = built(kind, iterations=2)
    plain = LAYERS[kind][0]()
    plain.build(x.shape)
    kernel, *bias = layer.layer.get_weights()
    plain.set_weights([kernel / float(layer.sigma()), *bias])
    np.testing.assert_allclose(layer(x), plain(x), rtol=1e-4, atol=1e-5)


@each
def test_gradient_is_equation_10_of_the_paper(kind):
    """dL/dW = (G - <G, W / sigma> u v^T) / sigma, with G the gradient of the divided kernel."""
    layer, x = built(kind)
    plain = LAYERS[kind][0]()
    plain.build(x.shape)
    kernel, *bias = layer.layer.get_weights()
    sigma = float(layer.sigma())
    plain.set_weights([kernel / sigma, *bias])
    upstream = draw(*plain(x).shape, seed=2)

    def gradients(layer, variables):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(layer(x) * upstream)
        return [np.asarray(tf.convert_to_tensor(g)) for g in tape.gradient(loss, variables)]

    received = gradients(layer, layer.trainable_variables)
    expected = gradients(plain, plain.trainable_variables)
    g, w = expected[0].reshape(-1, 4), matrix(layer)
    direction = np.outer(np.asarray(layer.u), np.asarray(layer.v))
    expected[0] = (g - np.sum(g * w / sigma) * direction) / sigma
    for a, b in zip(received, expected, strict=True):
        np.testing.assert_allclose(a.reshape(b.shape), b, rtol=1e-3, atol=1e-4)


def test_gradient_agrees_with_differences_of_the_exact_singular_value():
    layer, x = built("dense")
    kernel, bias = layer.layer.get_weights()
    direction, upstream = draw(6, 4, seed=3), draw(3, 4, seed=4)

    def loss(kernel):
        kernel = kernel.astype(np.float64)
        return np.sum((x @ kernel / np.linalg.svd(kernel, compute_uv=False)[0] + bias) * upstream)

    with tf.GradientTape() as tape:
        value = tf.reduce_sum(layer(x) * upstream)
    gradient = tape.gradient(value, layer.layer.kernel)
    slope = (loss(kernel + 1e-4 * direction) - loss(kernel - 1e-4 * direction)) / 2e-4
    assert np.sum(gradient * direction) == pytest.approx(slope, rel=1e-3)


def test_advance_is_one_power_iteration():
    layer, _ = built("dense", iterations=0)
    w, v = matrix(layer), np.asarray(layer.v)
    layer.advance()
    u = w @ v / np.linalg.norm(w @ v)
    np.testing.assert_allclose(layer.u, u, atol=1e-5)
    np.testing.assert_allclose(layer.v, w.T @ u / np.linalg.norm(w.T @ u), atol=1e-5)


@pytest.mark.parametrize("training", [False, True])
def test_calls_leave_the_state_as_it_is(training):
    layer, x = built("convolution", iterations=0)
    before = layer.get_weights()
    for _ in range(3):
        layer(x, training=training)
    for a, b in zip(before, layer.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_estimate_is_near_from_the_first_step_on():
    for kind in LAYERS:
        layer, _ = built(kind, iterations=0)
        largest = np.linalg.svd(matrix(layer), compute_uv=False)[0]
        assert 0.9 * largest < float(layer.sigma()) < 1.0001 * largest


def test_discriminator_is_lipschitz():
    """Slope at most 1 for each layer: dense ones and leaky ReLUs."""
    inputs = keras.Input((6,))
    x = SpectralNormalization(keras.layers.Dense(16))(inputs)
    x = SpectralNormalization(keras.layers.Dense(1))(keras.layers.LeakyReLU(0.2)(x))
    network = keras.Model(inputs, x)
    for _ in range(100):
        advance_power_iterations(network)
    a, b = draw(50, 6), draw(50, 6, seed=1)
    slopes = np.abs(network(a) - network(b))[:, 0] / np.linalg.norm(a - b, axis=1)
    assert slopes.max() < 1.001


def test_state_has_no_gradient_and_is_saved(tmp_path):
    network = networks.residual_discriminator((8, 8, 1), width=4, num_classes=3)
    advance_power_iterations(network)
    names = {v.path.split("/")[-1] for v in network.non_trainable_variables}
    assert names == {"u", "v"}
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    for a, b in zip(network.get_weights(), loaded.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_half_precision_is_near_float32():
    layer, x = built("convolution")
    keras.config.set_dtype_policy("mixed_bfloat16")
    half = SpectralNormalization(LAYERS["convolution"][0]())
    half(x)
    half.set_weights(layer.get_weights())
    assert half(x).dtype == tf.bfloat16
    assert half.sigma().dtype == tf.float32
    np.testing.assert_allclose(tf.cast(half(x), tf.float32), layer(x), atol=0.05)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SpectralNormalization(keras.layers.Dense(2, activation="relu")), "relu"),
        (lambda: SpectralNormalization(keras.layers.Flatten())(draw(2, 3)), "no kernel"),
    ],
)
def test_layers_that_are_not_linear_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
