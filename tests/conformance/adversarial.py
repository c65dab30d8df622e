"""The rows of adversarial networks."""

import keras
from conformance import examples
from conformance.row import Row
from gans import points_gan
from models import IMAGE_SHAPE

import tfgen
from tfgen import losses, networks
from tfgen.networks import SpectralNormalization

LATENT_DIM = 3
DIFFERENCES = "its gradient cancels: the loss knows differences of logits only"


def _gan(generator, discriminator=None, loss=losses.non_saturating, penalties=(), **arguments):
    if discriminator is None:
        discriminator = networks.dcgan_discriminator(
            IMAGE_SHAPE, 4, batch_norm=False, wrap=SpectralNormalization, group_size=4
        )
    return tfgen.GAN(generator, discriminator, LATENT_DIM, loss, penalties, **arguments)


def _dcgan():
    generator = networks.dcgan_generator(LATENT_DIM, IMAGE_SHAPE, width=4)
    return _gan(generator, networks.dcgan_discriminator(IMAGE_SHAPE, width=4))


def _everything():
    """Classes, an average, augmentation that adapts, and penalties of which one is lazy."""
    return _gan(
        networks.dcgan_generator(LATENT_DIM, IMAGE_SHAPE, 4, 10),
        networks.dcgan_discriminator(IMAGE_SHAPE, 4, 10, batch_norm=False, group_size=4),
        losses.relativistic,
        [losses.r1(0.5), losses.lazy(losses.r2(0.5), 2)],
        ema_half_life=30,
        augment=tfgen.gan.AdaptiveAugment(target=0.0, images_to_one=50, interval=2),
        num_classes=10,
    )


def _spectral():
    layers = [keras.Input((LATENT_DIM,)), SpectralNormalization(keras.layers.Dense(64)),
              keras.layers.Reshape((8, 8, 1)), keras.layers.LeakyReLU(0.2),
              SpectralNormalization(keras.layers.Conv2D(1, 3, padding="same")),
              keras.layers.Activation("tanh")]  # fmt: skip
    return _gan(keras.Sequential(layers))


def _residual():
    generator = networks.residual_generator(LATENT_DIM, IMAGE_SHAPE, width=8)
    return _gan(generator, networks.residual_discriminator(IMAGE_SHAPE, width=8))


def _wgan_gp():
    penalties = [losses.interpolation_penalty(10.0)]
    return points_gan(losses.wasserstein, penalties, discriminator_steps=2)


ROWS = [
    Row("gan-points", lambda: points_gan(penalties=[losses.r1(0.1)]), examples.points),
    Row("gan-dcgan", _dcgan, examples.signed_digits),
    Row("gan-everything", _everything, examples.labelled_signed_digits,
        unmoved={("discriminator", "logits/bias"): DIFFERENCES}, averages=("ema_generator",)),
    Row("gan-spectral", _spectral, examples.signed_digits),
    Row("gan-residual", _residual, examples.signed_digits),
    Row("gan-wgan-gp", _wgan_gp, examples.points,
        unmoved={("discriminator", "outputs/bias"): DIFFERENCES}),
]  # fmt: skip
