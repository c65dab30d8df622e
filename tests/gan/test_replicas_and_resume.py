"""One replica or two: the same weights, with every loss and every penalty."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from gans import LOSSES, PENALTIES, compiled, images_gan, points, points_gan

import tfgen
from tfgen import losses


def trained(make, data, batch_size=8, **arguments):
    keras.utils.set_random_seed(1)
    gan = compiled(make(), **arguments)
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(batch_size)
    history = gan.fit(dataset, verbose=0).history
    return gan, {name: values[-1] for name, values in history.items()}


def agree(make, data, two_replicas, tolerance=1e-6, **arguments):
    one, logs = trained(make, data, **arguments)
    with two_replicas.scope():
        two, replicated_logs = trained(make, data, **arguments)
    for variable, a, b in zip(one.weights, one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance, err_msg=variable.path)
    assert replicated_logs == pytest.approx(logs, rel=1e-4, abs=1e-5)
    return two


@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("loss", LOSSES)
def test_two_replicas_give_the_weights_of_one_after_five_steps(loss, penalty, two_replicas):
    def make():
        return points_gan(LOSSES[loss], PENALTIES[penalty], ema_half_life=20)

    # Eagerly, for tracing would take ten times as long as the steps; the test below traces.
    gan = agree(make, points(40), two_replicas, run_eagerly=True)
    assert int(gan.step) == 5


def test_replicas_share_out_several_discriminator_steps_and_an_uneven_batch(two_replicas):
    def make():
        penalties = [losses.lazy(losses.r1(0.5), 2), losses.r2(0.5), losses.interpolation_penalty()]
        return points_gan(losses.relativistic, penalties, discriminator_steps=3)

    agree(make, points(44), two_replicas, batch_size=10)  # halves of 5, and at last 4


def test_replicas_agree_on_images_spectral_state_and_augmentation(two_replicas):
    def make():
        augment = tfgen.gan.AdaptiveAugment(target=0.0, images_to_one=50, interval=2)
        # Not with hinge: there the last bias has a gradient of 0, whose rounding Adam enlarges.
        return images_gan(losses.non_saturating, (), 3, ema_half_life=20, augment=augment)

    images = np.random.default_rng(0).uniform(-1, 1, size=(32, 8, 8, 1)).astype(np.float32)
    labels = np.arange(32, dtype=np.int32) % 3
    two = agree(make, (images, labels), two_replicas, tolerance=2e-5, run_eagerly=True)
    assert float(two.augment.probability.numpy()) > 0
    for variable in two.discriminator.non_trainable_weights:  # u and v, on each replica
        a, b = two_replicas.experimental_local_results(variable.value)
        np.testing.assert_array_equal(a, b)
