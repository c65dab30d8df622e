"""Adversarial losses against formulas in NumPy and the divergences they are known to measure."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from gans import LOSSES

REAL = np.array([0.0, 2.0, -1.5, 0.3], np.float32)
FAKE = np.array([0.0, -0.7, 3.0, 0.3], np.float32)
P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.1, 0.3, 0.6])  # of real and of fake examples
each = pytest.mark.parametrize("name", LOSSES)


def softplus(x):
    return np.log1p(np.exp(x))


EXPECTED = {
    "non_saturating": (softplus(-REAL) + softplus(FAKE), softplus(-FAKE)),
    "least_squares": (((REAL - 1) ** 2 + FAKE**2) / 2, (FAKE - 1) ** 2 / 2),
    "hinge": (np.maximum(0, 1 - REAL) + np.maximum(0, 1 + FAKE), -FAKE),
    "wasserstein": (FAKE - REAL, -FAKE),
    "relativistic": (softplus(FAKE - REAL), softplus(REAL - FAKE)),
}


def discriminator_mean(name, logits):
    """Its mean for one logit for each outcome, real ones drawn from P and fake ones from Q."""
    real, fake = (np.repeat(logits, 3), np.tile(logits, 3))  # every pair of outcomes
    values = LOSSES[name].discriminator(tf.constant(real), tf.constant(fake))
    return float(np.sum(np.outer(P, Q).ravel() * values.numpy()))


@each
def test_both_sides_are_the_formulas_of_the_papers(name):
    discriminator, generator = EXPECTED[name]
    loss, real, fake = LOSSES[name], tf.constant(REAL), tf.constant(FAKE)
    np.testing.assert_allclose(loss.discriminator(real, fake), discriminator, rtol=1e-5, atol=1e-6)
    received = loss.generator(real if loss.paired else None, fake)
    np.testing.assert_allclose(received, generator, rtol=1e-5, atol=1e-6)


def test_best_non_saturating_discriminator_measures_the_jensen_shannon_divergence():
    middle = (P + Q) / 2
    js = (np.sum(P * np.log(P / middle)) + np.sum(Q * np.log(Q / middle))) / 2
    best = discriminator_mean("non_saturating", np.log(P / Q))
    assert best == pytest.approx(2 * np.log(2) - 2 * js, rel=1e-6)
    for change in np.eye(3):
        assert discriminator_mean("non_saturating", np.log(P / Q) + 0.1 * change) > best


def test_best_hinge_discriminator_measures_the_total_variation():
    best = discriminator_mean("hinge", np.sign(P - Q))
    assert best == pytest.approx(2 - np.abs(P - Q).sum(), rel=1e-6)


def test_best_least_squares_discriminator_is_the_share_of_real_examples():
    best = P / (P + Q)
    minimum = discriminator_mean("least_squares", best)
    assert minimum == pytest.approx(np.sum(P * Q / (P + Q)) / 2, rel=1e-6)
    for change in np.eye(3):
        assert discriminator_mean("least_squares", best + 0.1 * change) > minimum


@each
def test_generator_is_drawn_towards_higher_logits_of_its_own(name):
    fake = tf.constant([-3.0, 0.0, 0.5])
    with tf.GradientTape() as tape:
        tape.watch(fake)
        loss = LOSSES[name].generator(tf.zeros(3), fake)
    assert np.all(tape.gradient(loss, fake).numpy() < 0)


@each
def test_discriminator_is_drawn_to_tell_them_apart(name):
    real, fake = tf.constant([0.5, -0.5]), tf.constant([0.5, -0.4])
    with tf.GradientTape() as tape:
        tape.watch([real, fake])
        loss = LOSSES[name].discriminator(real, fake)
    to_real, to_fake = tape.gradient(loss, [real, fake])
    assert np.all(to_real.numpy() < 0)
    assert to_fake.numpy()[0] > 0


@each
def test_far_logits_give_finite_values_and_gradients(name):
    logits = tf.constant([-1e4, 1e4])
    with tf.GradientTape() as tape:
        tape.watch(logits)
        loss = LOSSES[name]
        values = loss.discriminator(logits, -logits) + loss.generator(-logits, logits)
    assert np.isfinite(values).all()
    assert np.isfinite(tape.gradient(values, logits)).all()


@each
def test_only_paired_losses_need_real_logits_for_the_generator(name):
    loss = LOSSES[name]
    with tf.GradientTape() as tape:
        real = tf.constant(REAL)
        tape.watch(real)
        values = loss.generator(real, tf.constant(FAKE))
    assert (tape.gradient(values, real) is not None) == loss.paired


@each
def test_travels_through_json(name):
    text = json.dumps(keras.saving.serialize_keras_object(LOSSES[name]))
    assert keras.saving.deserialize_keras_object(json.loads(text)) == LOSSES[name]
