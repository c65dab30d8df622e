"""The one-layer VAE of Burda et al. 2015 on dynamically binarised MNIST.

Network, binarisation and estimate are the paper's (arXiv 1509.00519, section 5 and table 1: 86.76
nats with one importance sample in training): 200-200 tanh units on both sides, 50 latents. The
optimizer is not: the paper's Adam takes 3,280 epochs of batches of 20.
"""

import tfgen
from tfgen.recipes import judging
from tfgen.recipes.models import vaes
from tfgen.recipes.recipe import Recipe, Settings


def build(settings, spec, steps_per_epoch):
    """Return the compiled model."""
    return vaes.burda(tfgen.VAE, settings, spec, steps_per_epoch)


RECIPE = Recipe(
    name="mnist-vae",
    family="VAE",
    time="42 min",
    expected="NLL 85.5 nats, 5,000 importance samples; Burda et al. 2015: 86.76",
    settings=Settings(
        epochs=2200,
        batch_size=1024,
        data="mnist",
        options=vaes.BURDA_OPTIONS,
    ),
    build=build,
    batches=vaes.image_batches,
    judge=judging.judge_vae,
    quality=judging.quality,
    every=50,
)
