"""The DCGAN on images of your own: Radford et al. 2015, arXiv 1511.06434."""

from tfgen.recipes import judging
from tfgen.recipes.models import gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="dcgan",
    family="GAN",
    time="minutes to hours, by the number and size of the images",
    expected="depends on the images",
    settings=Settings(
        epochs=200,
        batch_size=64,
        options={**gans.OPTIONS, "augment": True},
    ),
    build=gans.dcgan,
    batches=gans.batches,
    judge=judging.judge_samples,
    watch=judging.frechet,
    quality=judging.quality,
    every=10,
)
