"""A VAE of perceptrons on points of your own: vectors of about unit size."""

import functools

from tfgen.recipes import judging
from tfgen.recipes.models import vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mlp-vae",
    family="VAE",
    kind="points",
    time="a minute for ten thousand points",
    expected="depends on the points",
    settings=Settings(
        epochs=100,
        batch_size=128,
        options={**vaes.OPTIONS, "latent_dim": 2, "width": 200, "initial_scale": 0.5},
    ),
    build=vaes.perceptron,
    batches=vaes.batches,
    judge=functools.partial(judging.judge_vae, num_samples=500),
    quality=judging.quality,
    every=10,
)
