"""WGAN-GP on MNIST: the Wasserstein loss with a penalty on gradients between real and fake.

The algorithm of Gulrajani et al. 2017 (arXiv 1704.00028) on the networks of `mnist-dcgan`, the
discriminator without batch normalisation: five of its updates, on 32 images each, for one of the
generator.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mnist-wgan-gp",
    family="GAN",
    time="6 min",
    expected="Fréchet distance 1.3 (training digits: 0.03)",
    settings=Settings(
        epochs=12,
        batch_size=5 * 32,
        data="mnist",
        options={**gans.OPTIONS, "learning_rate": 4e-4, "discriminator_steps": 5},
    ),
    build=gans.wgan_gp,
    batches=gans.batches,
    judge=judging.judge_samples,
    watch=judging.frechet,
    quality=judging.quality,
    every=2,
)
