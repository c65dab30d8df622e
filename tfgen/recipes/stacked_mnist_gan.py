"""Stacked-MNIST: three digits as red, green and blue, 1,000 modes to find.

The GAN of `mnist-r3gan` (Huang et al. 2025, arXiv 2501.05441) without classes, with larger batches
and penalties at every step, which fade as the generator gets near. Data and count are those of
Srivastava et al. 2017 (VEEGAN, arXiv 1705.07761): 26,000 samples, whose digits the shipped
classifier reads channel by channel. Published: VEEGAN 150 modes, PacGAN2 1,000 with KL 0.06, R3GAN
1,000 with KL 0.029.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import gans, stacked
from tfgen.recipes.recipe import Recipe, Settings


def build(settings, spec, steps_per_epoch):
    """Return the compiled model."""
    return gans.r3gan(settings, stacked.spec(spec), steps_per_epoch, within=1.0, to=0.0)


RECIPE = Recipe(
    name="stacked-mnist-gan",
    family="GAN",
    time="15 min",
    expected="1,000 of 1,000 modes, KL 0.039",
    settings=Settings(
        epochs=60,
        batch_size=128,
        data="mnist",
        options={
            **gans.OPTIONS,
            "learning_rate": 1e-3,
            "gamma": 1.0,
            "gamma_end": 0.1,
            "interval": 1,
        },
    ),
    build=build,
    batches=stacked.batches,
    judge=judging.judge_stacked_digits,
    features=judging.mnist,
    every=10,
)
