"""The baseline of `stacked-mnist-gan`: the same data, size and training for a DCGAN."""

import tfgen
from tfgen.recipes import mnist_dcgan, stacked_mnist_gan
from tfgen.recipes.judging import judge_stacked_digits
from tfgen.recipes.mnist_dcgan import LATENT_DIM, WIDTH
from tfgen.recipes.recipe import Recipe, Settings
from tfgen.recipes.stacked_mnist_gan import IMAGE_SHAPE


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    gan = tfgen.GAN(
        tfgen.networks.dcgan_generator(LATENT_DIM, IMAGE_SHAPE, WIDTH),
        tfgen.networks.dcgan_discriminator(IMAGE_SHAPE, WIDTH),
        LATENT_DIM,
        loss=tfgen.losses.non_saturating,
        ema_half_life=mnist_dcgan.EMA_HALF_LIFE,
    )
    return mnist_dcgan.compiled(gan, settings, steps_per_epoch, rate=2e-4, beta_1=0.5)


RECIPE = Recipe(
    name="stacked-mnist-dcgan",
    modality="image",
    family="GAN",
    data="mnist, stacked",
    time="not recorded yet",
    expected="not recorded yet",
    settings=Settings(epochs=60, batch_size=64),
    build=build,
    dataset=stacked_mnist_gan.dataset,
    judge=judge_stacked_digits,
    every=10,
)
