"""The DCGAN on MNIST: two convolutional networks with batch normalisation.

Networks and settings of Radford et al. 2015 (arXiv 1511.06434), half as wide and with resizes in
place of transposed convolutions; the samples are those of an average generator.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mnist-dcgan",
    family="GAN",
    time="18 min on a busy machine",
    expected="Fréchet distance 2.1 (training digits: 0.03)",
    settings=Settings(
        epochs=12,
        batch_size=128,
        data="mnist",
        options=gans.OPTIONS,
    ),
    build=gans.dcgan,
    batches=gans.batches,
    judge=judging.judge_samples,
    watch=judging.frechet,
    quality=judging.quality,
    every=2,
)
