"""The regularised autoencoder: its loss by hand, and a Jacobian that is known."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfgen
from tfgen import likelihoods, networks

IMAGES = np.random.default_rng(0).uniform(size=(16, 8, 8, 1)).astype("float32")


def rae(hidden=(16,), likelihood=None, **arguments):
    keras.utils.set_random_seed(0)
    encoder = networks.mlp((8, 8, 1), (3,), hidden=hidden)
    decoder = networks.mlp((3,), (8, 8, 1), hidden=hidden, activation="tanh")
    return tfgen.RAE(encoder, decoder, likelihood or likelihoods.Bernoulli(), 3, **arguments)


def test_the_loss_is_its_parts():
    model = rae(beta=0.3, smoothness=0.2)
    loss, terms = model.objective(IMAGES, None, training=False)
    z = model.encoder(IMAGES)
    np.testing.assert_allclose(terms["rate"], 0.5 * np.sum(z**2, axis=1), rtol=1e-5)
    distortion = -model.decode(z).log_prob(IMAGES)
    np.testing.assert_allclose(terms["distortion"], distortion, rtol=1e-5)
    expected = distortion + 0.3 * terms["rate"] + 0.2 * terms["roughness"]
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    np.testing.assert_array_equal(model.latents(IMAGES), z)


def test_roughness_is_the_squared_norm_of_the_jacobian_on_average():
    model = rae(hidden=(), likelihood=likelihoods.Gaussian(scale=1.0))
    kernel = model.decoder.weights[0].numpy()
    found = model._roughness(tf.zeros([6000, 3]), None)
    assert np.mean(found) == pytest.approx(np.sum(kernel**2), rel=0.03)


def test_roughness_teaches_the_decoder():
    model = rae()
    with tf.GradientTape() as tape:
        rough = tf.reduce_mean(model._roughness(tf.ones([4, 3]), None))
    gradients = tape.gradient(rough, model.decoder.trainable_variables[:3])
    assert all(np.abs(g).max() > 0 for g in gradients)


def test_what_it_has_not_is_said_in_one_line():
    with pytest.raises(ValueError, match=r"deterministic autoencoder has no likelihood[^\n]*$"):
        rae().log_likelihood(IMAGES)
    with pytest.raises(ValueError, match=r"RAE received smoothness=-1[^\n]*$"):
        rae(smoothness=-1)
    with pytest.raises(ValueError, match=r"encoder's output shape"):
        wrong = networks.mlp((8, 8, 1), (6,))
        tfgen.RAE(wrong, networks.mlp((3,), (8, 8, 1)), likelihoods.Bernoulli(), 3)
