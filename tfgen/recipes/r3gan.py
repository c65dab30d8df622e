"""The objective of R3GAN on images of your own: Huang et al. 2025, arXiv 2501.05441.

Relativistic pairing with penalties on both sides, on the networks of `dcgan` without normalisation
in the discriminator. `--set conditional=true` draws the class that is asked for.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="r3gan",
    family="GAN",
    time="minutes to hours, by the number and size of the images",
    expected="depends on the images",
    settings=Settings(
        epochs=200,
        batch_size=64,
        options={
            **gans.OPTIONS,
            "learning_rate": 1e-3,
            "augment": True,
            "gamma": 1.0,
            "gamma_end": 0.1,
            "interval": 4,
        },
    ),
    build=gans.r3gan,
    batches=gans.batches,
    judge=judging.judge_samples,
    watch=judging.frechet,
    quality=judging.quality,
    every=10,
)
