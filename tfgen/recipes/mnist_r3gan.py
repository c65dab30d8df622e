"""The objective of R3GAN on MNIST: relativistic pairing, with a penalty on both sides.

Huang et al. 2025 (arXiv 2501.05441): each real image is judged against a fake beside it, and the
discriminator is kept flat at both. Class-conditional, as the paper's models of ImageNet are. The
networks are those of `mnist-cgan` without any normalisation in the discriminator, which are six
times as fast on CPUs as the paper's residual ones.
"""

import dataclasses

import tfgen
from tfgen.recipes import mnist_cgan, mnist_dcgan
from tfgen.recipes.mnist_dcgan import IMAGE_SHAPE, LATENT_DIM, NUM_CLASSES, WIDTH
from tfgen.recipes.recipe import Settings

GAMMA = 1.0


def build(settings, steps_per_epoch, image_shape=IMAGE_SHAPE, num_classes=NUM_CLASSES):
    """Return the compiled model."""
    # As the generator gets near, the discriminator may look closer.
    gamma = tfgen.schedules.Warmup(settings.epochs * steps_per_epoch, GAMMA, GAMMA / 10)
    gan = tfgen.GAN(
        tfgen.networks.dcgan_generator(LATENT_DIM, image_shape, WIDTH, num_classes),
        tfgen.networks.dcgan_discriminator(image_shape, WIDTH, num_classes, batch_norm=False),
        LATENT_DIM,
        loss=tfgen.losses.relativistic,
        penalties=[tfgen.losses.r1(gamma), tfgen.losses.r2(gamma)],
        ema_half_life=mnist_dcgan.EMA_HALF_LIFE,
        num_classes=num_classes,
    )
    return mnist_dcgan.compiled(gan, settings, steps_per_epoch, rate=1e-3)


RECIPE = dataclasses.replace(
    mnist_cgan.RECIPE,
    name="mnist-r3gan",
    time="12 min",
    expected="Fréchet distance 0.088 (training digits: 0.03), 99 % as asked",
    settings=Settings(epochs=16, batch_size=128),
    build=build,
    every=4,
)
