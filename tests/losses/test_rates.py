"""Rates against closed forms in NumPy, Monte Carlo and values worked out by hand."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from tfgen.losses import rates
from tfgen.schedules import Warmup

tfd = tfp.distributions

KL = tf.constant([[0.1, 2.0, 0.5], [0.0, 0.2, 0.3]])
EVERY = [
    rates.Total(),
    rates.FreeBits(0.25),
    rates.TotalFreeBits(1.0),
    rates.Capacity(Warmup(10, end=5.0), weight=3.0),
    rates.Capacity(2.0),
]
every = pytest.mark.parametrize("rate", EVERY, ids=str)


def normal(mean, scale):
    return tfd.Independent(tfd.Normal(mean, scale), 1)


def standard(latent_dim):
    return normal(tf.zeros([latent_dim]), tf.ones([latent_dim]))


def draw_posterior(batch=4, latent_dim=3, seed=0):
    rng = np.random.default_rng(seed)
    mean = rng.normal(size=(batch, latent_dim)).astype("float32")
    scale = rng.uniform(0.2, 1.5, size=(batch, latent_dim)).astype("float32")
    return mean, scale, normal(mean, scale)


# The KL


def test_kl_per_dimension_is_the_textbook_formula():
    mean, scale, posterior = draw_posterior()
    got = rates.kl_per_dimension(posterior, standard(3))
    expected = 0.5 * (mean**2 + scale**2 - 1.0) - np.log(scale)
    assert got.shape == (4, 3)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def test_kl_per_dimension_takes_a_prior_for_each_example():
    mean, scale, posterior = draw_posterior()
    prior_mean, prior_scale, prior = draw_posterior(seed=1)
    expected = (
        np.log(prior_scale / scale)
        + (scale**2 + (mean - prior_mean) ** 2) / (2 * prior_scale**2)
        - 0.5
    )
    got = rates.kl_per_dimension(posterior, prior)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


def test_kl_is_the_sum_over_dimensions():
    _, _, posterior = draw_posterior()
    expected = tf.reduce_sum(rates.kl_per_dimension(posterior, standard(3)), axis=-1)
    np.testing.assert_allclose(rates.kl(posterior, standard(3)), expected, rtol=1e-6)


def test_kl_agrees_with_monte_carlo():
    _, _, posterior = draw_posterior()
    z = posterior.sample(20_000, seed=[1, 2])
    estimates = (posterior.log_prob(z) - standard(3).log_prob(z)).numpy()
    error = estimates.std(axis=0) / np.sqrt(len(estimates))
    gap = estimates.mean(axis=0) - rates.kl(posterior, standard(3))
    assert (np.abs(gap) < 4.5 * error).all()


def test_kl_without_a_closed_form_is_an_unbiased_estimate():
    """A mixture of equal components has none in TFP, and the KL of its component."""
    _, _, posterior = draw_posterior()
    component = normal(tf.zeros([2, 3]), tf.ones([2, 3]))
    prior = tfd.MixtureSameFamily(tfd.Categorical(logits=[0.0, 1.0]), component)
    z = posterior.sample(5000, seed=3)
    estimates = rates.kl(posterior, prior, z).numpy()
    assert estimates.shape == (5000, 4)
    error = estimates.std(axis=0) / np.sqrt(5000)
    gap = estimates.mean(axis=0) - rates.kl(posterior, standard(3))
    assert (np.abs(gap) < 4.5 * error).all()


def test_kl_needs_a_sample_where_there_is_no_closed_form():
    _, _, posterior = draw_posterior()
    prior = tfd.MixtureSameFamily(
        tfd.Categorical(logits=[0.0]), normal(tf.zeros([1, 3]), tf.ones([1, 3]))
    )
    with pytest.raises(ValueError, match=r"no closed form.*Pass z="):
        rates.kl(posterior, prior)


def test_the_estimate_has_the_gradient_of_the_reparameterised_sample():
    """With q = N(m, 1), p = N(0, 1) and z = m + e, log q - log p = m e + m^2 / 2."""
    mean = tf.constant([[0.3, -0.7]])
    noise = tf.constant([[0.5, 1.5]])
    single = normal(tf.zeros([1, 2]), tf.ones([1, 2]))
    prior = tfd.MixtureSameFamily(tfd.Categorical(logits=[0.0]), single)
    with tf.GradientTape() as tape:
        tape.watch(mean)
        rate = rates.kl(normal(mean, 1.0), prior, z=mean + noise)
    np.testing.assert_allclose(tape.gradient(rate, mean), noise + mean, rtol=1e-5)


def test_kl_per_dimension_refuses_dimensions_that_depend_on_each_other():
    joint = tfd.MultivariateNormalTriL(tf.zeros([2, 3]), tf.eye(3))
    with pytest.raises(TypeError, match="must be independent"):
        rates.kl_per_dimension(joint, standard(3))
    with pytest.raises(TypeError, match="must be independent"):
        rates.kl_per_dimension(standard(3), joint)


def test_kl_is_finite_for_tiny_scales():
    mean, scale = tf.constant([[1e3, 0.0]]), tf.constant([[1e-6, 1e6]])
    with tf.GradientTape() as tape:
        tape.watch([mean, scale])
        rate = rates.kl(normal(mean, scale), standard(2))
    assert np.isfinite(rate).all()
    assert all(np.isfinite(gradient).all() for gradient in tape.gradient(rate, [mean, scale]))


# What becomes of it


def test_rates_by_hand():
    np.testing.assert_allclose(rates.Total()(KL, 0), [2.6, 0.5], rtol=1e-6)
    np.testing.assert_allclose(rates.FreeBits(0.25)(KL, 0), [2.75, 0.8], rtol=1e-6)
    np.testing.assert_allclose(rates.TotalFreeBits(1.0)(KL, 0), [2.6, 1.0], rtol=1e-6)
    np.testing.assert_allclose(rates.Capacity(1.0, weight=2.0)(KL, 0), [3.2, 1.0], rtol=1e-6)


def test_capacity_follows_its_schedule():
    rate = rates.Capacity(Warmup(10, end=5.0), weight=2.0)
    got = [float(rate(tf.constant([[1.0, 1.0]]), tf.constant(step))[0]) for step in (0, 4, 10, 99)]
    assert got == [4.0, 0.0, 6.0, 6.0]


def test_free_nats_feel_no_pull():
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(KL)
        each, whole = rates.FreeBits(0.25)(KL, 0), rates.TotalFreeBits(1.0)(KL, 0)
    np.testing.assert_array_equal(tape.gradient(each, KL), [[0, 1, 1], [0, 0, 1]])
    np.testing.assert_array_equal(tape.gradient(whole, KL), [[1, 1, 1], [0, 0, 0]])


@every
def test_the_rate_of_an_example_does_not_depend_on_the_batch(rate):
    together = rate(KL, 3)
    assert together.shape == (2,)
    np.testing.assert_array_equal(together, tf.concat([rate(KL[:1], 3), rate(KL[1:], 3)], 0))


@every
@pytest.mark.parametrize("jit_compile", [False, True])
def test_graphs_agree_with_eager(rate, jit_compile):
    step = tf.constant(7, tf.int64)
    got = tf.function(rate, jit_compile=jit_compile)(KL, step)
    np.testing.assert_allclose(got, rate(KL, step), rtol=1e-6)


@every
def test_saving_returns_an_equal_rate(rate):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(rate)))
    assert keras.saving.deserialize_keras_object(config) == rate


@pytest.mark.parametrize("build", [rates.FreeBits, rates.TotalFreeBits])
def test_negative_free_bits_are_refused(build):
    with pytest.raises(ValueError, match="nats=-0.1: expected a finite number of at least 0"):
        build(-0.1)
