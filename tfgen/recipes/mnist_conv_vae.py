"""A convolutional VAE on dynamically binarised MNIST, its decoder shaped for phones.

The generator is made of resizes, convolutions and foldable normalisation, so that it exports to
small and fast quantized files.
"""

import functools

from tfgen.recipes import judging
from tfgen.recipes.models import vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mnist-conv-vae",
    family="VAE",
    time="6 min",
    expected="NLL 88.6 nats, 100 importance samples",
    settings=Settings(
        epochs=15,
        batch_size=128,
        data="mnist",
        options={
            **vaes.OPTIONS,
            "latent_dim": 16,
            "width": 32,
            "likelihood": "bernoulli",
        },
    ),
    build=vaes.convolutional,
    batches=vaes.image_batches,
    judge=functools.partial(judging.judge_vae, num_samples=100),  # 5,000 convolved ones take hours
    quality=judging.quality,
)
