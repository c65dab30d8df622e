"""A class-conditional GAN on images of your own, with a class for each sub-folder.

The projection discriminator of Miyato and Koyama 2018 (arXiv 1802.05637), spectrally normalised and
with the hinge loss.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="cgan",
    family="GAN",
    time="minutes to hours, by the number and size of the images",
    expected="depends on the images",
    settings=Settings(
        epochs=200,
        batch_size=64,
        options={**gans.OPTIONS, "learning_rate": 5e-4, "conditional": True, "augment": True},
    ),
    build=gans.projection,
    batches=gans.batches,
    judge=judging.judge_samples,
    watch=judging.frechet,
    quality=judging.quality,
    every=10,
)
