"""A convolutional VAE on images of your own.

One learned scale over all pixels weighs the distortion against the rate (sigma-VAE, Rybkin et al.
2021, arXiv 2006.13202); `--set likelihood=bernoulli` is for black and white.
"""

import functools

from tfgen.recipes import judging
from tfgen.recipes.models import vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="conv-vae",
    family="VAE",
    time="minutes for a thousand small photos",
    expected="blurred samples, faithful reconstructions",
    settings=Settings(
        epochs=100,
        batch_size=64,
        options={**vaes.OPTIONS, **vaes.PHOTO_OPTIONS, "width": 32},
    ),
    build=vaes.convolutional,
    batches=vaes.image_batches,
    judge=functools.partial(judging.judge_vae, num_samples=100),
    quality=judging.quality,
    every=10,
)
