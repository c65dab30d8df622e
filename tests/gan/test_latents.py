"""Latent tools against closed forms."""

import keras
import numpy as np
import pytest
import scipy.stats

from tfgen import networks, sampling
from tfgen.gan import latents
from tfgen.networks import SpectralNormalization


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_linear_interpolation_is_even():
    a, b = draw(2, 5)
    received = latents.linear_interpolation(a, b, 5)
    np.testing.assert_allclose(received, np.linspace(a, b, 5), atol=1e-6)


def test_spherical_interpolation_turns_evenly_and_keeps_the_length():
    a, b = draw(2, 50)
    b *= np.linalg.norm(a) / np.linalg.norm(b)
    z = latents.spherical_interpolation(a, b, 7).numpy()
    np.testing.assert_allclose(z[[0, -1]], [a, b], atol=1e-5)
    lengths = np.linalg.norm(z, axis=1)
    np.testing.assert_allclose(lengths, lengths[0], rtol=1e-4)
    cosines = np.sum(z[1:] * z[:-1], axis=1) / lengths[0] ** 2
    np.testing.assert_allclose(cosines, np.cos(np.arccos(a @ b / lengths[0] ** 2) / 6), rtol=1e-4)


def test_spherical_interpolation_of_near_ends_is_straight():
    a = draw(5)
    z = latents.spherical_interpolation(a, a * 2, 3)
    np.testing.assert_allclose(z[1], 1.5 * a, rtol=1e-5)


@pytest.mark.parametrize("threshold", [0.3, 1.0, 2.5])
def test_truncated_latents_have_the_truncated_distribution(threshold):
    z = sampling.normal(sampling.seeds(0, 2000), (2,))
    received = latents.truncate(z, threshold).numpy()
    assert np.abs(received).max() <= threshold
    expected = scipy.stats.truncnorm(-threshold, threshold)
    assert scipy.stats.kstest(received.ravel(), expected.cdf).pvalue > 0.01


def test_truncation_keeps_quantiles_and_loose_ones_change_nothing():
    z = np.array([[-6.0, -1.0, 0.0, 0.5, 6.0]], np.float32)
    expected = scipy.stats.truncnorm(-1, 1).ppf(scipy.stats.norm.cdf(z))
    np.testing.assert_allclose(latents.truncate(z, 1.0), expected, atol=1e-3)
    np.testing.assert_allclose(latents.truncate(z, 50.0)[:, 1:4], z[:, 1:4], atol=1e-4)
    assert np.isfinite(latents.truncate(z, 50.0)).all()


def linear_generator(latent_dim=6, units=10, num_classes=None):
    """A generator that begins with z A, A of known singular values 6, 5, ... 1 and directions."""
    generator = networks.mlp((latent_dim,), (units,), hidden=(units,), num_classes=num_classes)
    left, _ = np.linalg.qr(draw(latent_dim, latent_dim))
    right, _ = np.linalg.qr(draw(units, units, seed=1))
    strengths = np.arange(latent_dim, 0, -1, dtype=np.float32)
    bias = draw(units, seed=2)
    generator.get_layer("dense_0").set_weights([left * strengths @ right[:latent_dim], bias])
    return generator, left.T, strengths


def assert_same_directions(received, expected, tolerance):
    cosines = np.abs(np.sum(received * expected, axis=1)) / np.linalg.norm(received, axis=1)
    np.testing.assert_allclose(cosines, 1.0, atol=tolerance)
    largest = np.take_along_axis(received, np.abs(received).argmax(1)[:, None], axis=1)
    assert np.all(largest > 0)


def test_sefa_finds_the_directions_that_move_the_first_layer_most():
    generator, expected, strengths = linear_generator()
    directions, received = latents.sefa_directions(generator, 4)
    assert_same_directions(directions, expected[:4], 1e-4)
    np.testing.assert_allclose(received, strengths[:4], rtol=1e-4)
    np.testing.assert_allclose(directions @ directions.T, np.eye(4), atol=1e-5)


def test_sefa_reads_every_generator_of_the_package():
    inputs = keras.Input((5,))
    spectral = keras.Model(inputs, SpectralNormalization(keras.layers.Dense(9))(inputs))
    for generator in (
        spectral,
        networks.dcgan_generator(5, (8, 8, 1), 2, num_classes=3),
        networks.residual_generator(5, (8, 8, 1), 2),
        networks.r3gan_generator(5, (8, 8, 1), 2, blocks=1),
    ):
        directions, strengths = latents.sefa_directions(generator, 2)
        assert directions.shape == (2, 5)
        assert strengths[0] >= strengths[1] > 0


@pytest.mark.parametrize("num_classes", [None, 3])
def test_ganspace_agrees_with_sefa_where_features_are_linear(num_classes):
    generator, expected, strengths = linear_generator(num_classes=num_classes)
    labels = None if num_classes is None else np.zeros(4000)
    directions, shares = latents.ganspace_directions(
        generator, "dense_0", 3, samples=4000, labels=labels
    )
    assert_same_directions(directions, expected[:3], 0.01)
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0, atol=0.05)
    np.testing.assert_allclose(shares, strengths[:3] ** 2 / np.sum(strengths**2), atol=0.03)


def test_ganspace_looks_at_the_first_convolution_by_default():
    generator = networks.dcgan_generator(5, (8, 8, 1), 4)
    one, other = (
        latents.ganspace_directions(generator, layer, 2, samples=100)[0] for layer in (None, "up_0")
    )
    np.testing.assert_array_equal(one, other)


def test_ganspace_repeats_itself():
    generator, _, _ = linear_generator()
    one, two, other = (
        latents.ganspace_directions(generator, "activation_0", 2, samples=300, seed=seed)[0]
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(one, two)
    assert np.abs(one - other).max() > 1e-4


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: latents.linear_interpolation([1.0], [1.0, 2.0], 3), r"\(1,\) and \(2,\)"),
        (lambda: latents.linear_interpolation([1.0], [2.0], 1), "count=1"),
        (lambda: latents.spherical_interpolation([1.0, 0.0], [-1.0, 0.0], 3), "opposite"),
        (lambda: latents.spherical_interpolation([0.0, 0.0], [1.0, 0.0], 3), "one is 0"),
        (lambda: latents.truncate(np.zeros((1, 2), np.float32), 0.0), "threshold=0.0"),
        (lambda: latents.sefa_directions(networks.mlp((3,), (2,)), 4), "count=4"),
        (lambda: latents.sefa_directions(networks.conv_encoder((8, 8, 1), 2, 2)), "no closed form"),
        (lambda: latents.ganspace_directions(networks.mlp((3,), (2,)), "x", 2), "layer='x'"),
        (lambda: latents.ganspace_directions(networks.mlp((3,), (2,)), "dense_0", 0), "count=0"),
    ],
)
def test_wrong_use_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
