"""The objective of R3GAN on MNIST: relativistic pairing, with a penalty on both sides.

Huang et al. 2025 (arXiv 2501.05441): each real image is judged against a fake beside it, and the
discriminator is kept flat at both. Class-conditional, as the paper's models of ImageNet are. The
networks are those of `mnist-cgan` without any normalisation in the discriminator, which are six
times as fast on CPUs as the paper's residual ones; the penalties, at every fourth step, take a
quarter of their time. As in the paper, the rates fall to a low level and stay there, while a long
average follows: falling to nothing, they leave the generator wherever it circles by then.
"""

import dataclasses

import tfgen
from tfgen.recipes import mnist_cgan, mnist_dcgan
from tfgen.recipes.mnist_dcgan import IMAGE_SHAPE, LATENT_DIM, NUM_CLASSES, WIDTH
from tfgen.recipes.recipe import Settings

GAMMA, INTERVAL = 0.1, 4
EMA_HALF_LIFE = 60_000  # images: an epoch


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    penalties = [tfgen.losses.lazy(r(GAMMA), INTERVAL) for r in (tfgen.losses.r1, tfgen.losses.r2)]
    gan = relativistic(penalties, EMA_HALF_LIFE, IMAGE_SHAPE, NUM_CLASSES)
    return mnist_dcgan.compiled(gan, settings, steps_per_epoch, rate=1e-3, within=0.5, to=0.1)


def relativistic(penalties, ema_half_life, image_shape, num_classes=None):
    """Return a GAN with the relativistic loss, and no normalisation in its discriminator."""
    return tfgen.GAN(
        tfgen.networks.dcgan_generator(LATENT_DIM, image_shape, WIDTH, num_classes),
        tfgen.networks.dcgan_discriminator(image_shape, WIDTH, num_classes, batch_norm=False),
        LATENT_DIM,
        loss=tfgen.losses.relativistic,
        penalties=penalties,
        ema_half_life=ema_half_life,
        num_classes=num_classes,
    )


RECIPE = dataclasses.replace(
    mnist_cgan.RECIPE,
    name="mnist-r3gan",
    time="85 min on slow cores",
    expected="Fréchet distance 0.050 (training digits: 0.03), 99 % as asked",
    settings=Settings(epochs=25, batch_size=64),
    build=build,
    every=5,
)
