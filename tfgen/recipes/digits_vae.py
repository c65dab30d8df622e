"""A convolutional VAE on the 8x8 digits that scikit-learn carries: seconds, and no download.

One learned scale over all pixels weighs the distortion against the rate (sigma-VAE); with a
cross-entropy on grey values the latents would keep less, and the digits blur.
"""

import functools

from tfgen.recipes import judging
from tfgen.recipes.models import vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="digits-vae",
    family="VAE",
    time="20 s",
    expected="NLL of about -25 nats (density of grey values in [0, 1])",
    settings=Settings(
        epochs=60,
        batch_size=64,
        data="digits",
        options={
            **vaes.OPTIONS,
            **vaes.PHOTO_OPTIONS,
            "latent_dim": 8,
            "width": 32,
            "initial_scale": 0.3,
        },
    ),
    build=functools.partial(vaes.convolutional, at_most=30),
    batches=functools.partial(vaes.image_batches, drop_remainder=False),
    judge=functools.partial(judging.judge_vae, num_samples=500),
    features=judging.none,
    every=10,
)
