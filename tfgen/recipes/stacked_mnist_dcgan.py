"""The baseline of `stacked-mnist-gan`: the GAN of `mnist-dcgan`, with the same data and size."""

from tfgen.recipes import judging
from tfgen.recipes.models import gans, stacked
from tfgen.recipes.recipe import Recipe, Settings


def build(settings, spec, steps_per_epoch):
    """Return the compiled model."""
    return gans.dcgan(settings, stacked.spec(spec), steps_per_epoch)


RECIPE = Recipe(
    name="stacked-mnist-dcgan",
    family="GAN",
    time="9 min",
    expected="1,000 of 1,000 modes, KL 0.185",
    settings=Settings(epochs=60, batch_size=128, data="mnist", options=gans.OPTIONS),
    build=build,
    batches=stacked.batches,
    judge=judging.judge_stacked_digits,
    features=judging.mnist,
    every=10,
)
