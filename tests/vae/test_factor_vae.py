"""FactorVAE: what its discriminator sees, learns, and keeps to itself."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from models import small_vae

import tfgen
from tfgen import networks

IMAGES = np.random.default_rng(0).uniform(size=(32, 8, 8, 1)).astype("float32")


def factor_vae(**arguments):
    keras.utils.set_random_seed(0)
    discriminator = networks.mlp((3,), (1,), hidden=(16,))
    return small_vae(tfgen.FactorVAE, discriminator=discriminator, **arguments)


def test_the_loss_is_the_vaes_and_the_weighted_logit():
    model = factor_vae(weight=7.0)
    loss, terms = model.objective(IMAGES, None, training=False)
    expected = terms["distortion"] + terms["rate"] + 7.0 * terms["total_correlation"]
    np.testing.assert_allclose(loss, expected, rtol=1e-5)


def test_mixed_latents_have_the_same_units_from_other_examples():
    z = tf.constant(np.random.default_rng(1).normal(size=(200, 3)) @ np.ones((3, 3)), tf.float32)
    mixed = factor_vae()._others(z).numpy()
    np.testing.assert_array_equal(np.sort(mixed, axis=0), np.sort(z, axis=0))
    assert abs(np.corrcoef(z.numpy().T)[0, 1]) > 0.99
    assert np.abs(np.corrcoef(mixed.T) - np.eye(3)).max() < 0.25


def test_the_discriminator_does_not_reach_the_encoder_nor_the_vae_the_discriminator():
    model = factor_vae()
    model.compile(
        vae_optimizer=keras.optimizers.SGD(0.0),
        d_optimizer=keras.optimizers.SGD(0.1),
        run_eagerly=True,
    )
    before = [v.numpy() for v in model.weights]
    model.train_step(IMAGES)
    judge = {id(v) for v in model.discriminator.weights}
    for variable, old in zip(model.weights, before, strict=True):
        moved = np.abs(variable.numpy() - old).max() > 0
        assert moved == (id(variable) in judge) or "seed" in variable.path, variable.path


def test_a_discriminator_learns_the_total_correlation():
    """Of two units that are the same up to noise; of a Gaussian it is -log(1 - r^2) / 2."""
    model = factor_vae()
    model.compile(vae_optimizer="adam", d_optimizer=keras.optimizers.Adam(1e-2))
    rng = np.random.default_rng(0)
    r = 0.8
    first, other = rng.normal(size=(2, 4000))
    z = np.stack([first, r * first + np.sqrt(1 - r**2) * other, rng.normal(size=4000)], -1)
    z = tf.constant(z, tf.float32)
    step = tf.function(model._train_discriminator)
    for _ in range(300):
        step(z)
    expected = -0.5 * np.log(1 - r**2)
    assert np.mean(model._logits(z, False)) == pytest.approx(expected, abs=0.12)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"discriminator": networks.mlp((3,), (2,))}, "discriminator's output shape"),
        ({"discriminator": None}, "discriminator=None"),
        ({"weight": -1.0}, "weight=-1.0"),
    ],
)
def test_bad_settings_are_told_in_one_line(changes, said):
    given = {"discriminator": networks.mlp((3,), (1,)), **changes}
    with pytest.raises(ValueError, match=f"[^\n]*{said}[^\n]*"):
        small_vae(tfgen.FactorVAE, **given)


# The adversarial autoencoder: the same, beside draws of the prior.


def adversarial(**arguments):
    keras.utils.set_random_seed(0)
    discriminator = networks.mlp((3,), (1,), hidden=(16,))
    return small_vae(tfgen.AdversarialAutoencoder, discriminator=discriminator, **arguments)


def test_an_encoder_pays_for_what_the_discriminator_sees():
    model = adversarial(weight=3.0)
    loss, terms, z = model._penalised(IMAGES, None, training=False)
    paid = np.log1p(np.exp(model.discriminator(z)[:, 0]))
    np.testing.assert_allclose(terms["adversarial"], paid, rtol=1e-5)
    np.testing.assert_allclose(loss, terms["distortion"] + 3.0 * paid, rtol=1e-5)


def test_latents_come_to_look_like_the_prior():
    """Those of an encoder that began far off it, while nothing is said of single examples."""
    model = adversarial(weight=200.0)
    images = tf.constant(np.random.default_rng(0).normal(size=(256, 8, 8, 1)) > 0, tf.float32)
    bias = model.encoder.weights[-1]
    bias.assign(bias + [3.0, 0.0, -3.0, 0.0, 0.0, 0.0])
    optimizers = {name: keras.optimizers.Adam(5e-3, beta_1=0.5) for name in model.optimizer_targets}
    model.compile(**optimizers)

    def distance():
        return np.abs(np.mean(model.encode(images).mean(), axis=0)).max()

    before, step = distance(), tf.function(model.train_step)
    for _ in range(600):
        step(images)
    assert before > 2.0 and distance() < 0.5 * before
