"""A GAN of perceptrons on points of your own: the relativistic one of `ring-gan`."""

from tfgen.recipes import judging
from tfgen.recipes.models import point_gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mlp-gan",
    family="GAN",
    kind="points",
    time="a minute for ten thousand points",
    expected="depends on the points",
    settings=Settings(epochs=100, batch_size=256, options={**point_gans.OPTIONS, "latent_dim": 8}),
    build=point_gans.relativistic,
    batches=point_gans.batches,
    judge=judging.judge_samples,
    quality=judging.quality,
    every=10,
)
