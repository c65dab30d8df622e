"""WGAN-GP on MNIST: the Wasserstein loss with a penalty on gradients between real and fake.

The algorithm of Gulrajani et al. 2017 (arXiv 1704.00028) on the networks of `mnist-dcgan`, the
discriminator without batch normalisation: five of its updates, on 32 images each, for one of the
generator.
"""

import tfgen
from tfgen.recipes import mnist_dcgan
from tfgen.recipes.judging import frechet_distance, judge_digits
from tfgen.recipes.mnist_dcgan import IMAGE_SHAPE, LATENT_DIM, WIDTH
from tfgen.recipes.recipe import Recipe, Settings

DISCRIMINATOR_STEPS, MINIBATCH = 5, 32


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    gan = tfgen.GAN(
        tfgen.networks.dcgan_generator(LATENT_DIM, IMAGE_SHAPE, WIDTH),
        tfgen.networks.dcgan_discriminator(IMAGE_SHAPE, WIDTH, batch_norm=False),
        LATENT_DIM,
        loss=tfgen.losses.wasserstein,
        penalties=[tfgen.losses.interpolation_penalty(10.0)],
        discriminator_steps=DISCRIMINATOR_STEPS,
        ema_half_life=mnist_dcgan.EMA_HALF_LIFE,
    )
    return mnist_dcgan.compiled(gan, settings, steps_per_epoch, rate=4e-4, beta_2=0.9)


RECIPE = Recipe(
    name="mnist-wgan-gp",
    modality="image",
    family="GAN",
    data="mnist",
    time="6 min",
    expected="Fréchet distance 1.3 (training digits: 0.03)",
    settings=Settings(epochs=12, batch_size=DISCRIMINATOR_STEPS * MINIBATCH),
    build=build,
    dataset=mnist_dcgan.dataset,
    judge=judge_digits,
    watch=frechet_distance,
    quality=mnist_dcgan.quality,
    every=2,
)
