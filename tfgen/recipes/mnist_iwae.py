"""The one-layer IWAE of Burda et al. 2015 with k = 5 on dynamically binarised MNIST.

As `mnist-vae`, with the importance-weighted bound and its doubly-reparameterised gradient. The
paper has 85.54 nats (arXiv 1509.00519, table 1).
"""

import tfgen
from tfgen.recipes import judging
from tfgen.recipes.models import vaes
from tfgen.recipes.recipe import Recipe, Settings


def build(settings, spec, steps_per_epoch):
    """Return the compiled model."""
    samples = settings["num_samples"]
    return vaes.burda(tfgen.IWAE, settings, spec, steps_per_epoch, num_samples=samples)


RECIPE = Recipe(
    name="mnist-iwae",
    family="IWAE",
    time="37 min",
    expected="NLL 84.6 nats, 5,000 importance samples; Burda et al. 2015: 85.54",
    settings=Settings(
        epochs=850,
        batch_size=1024,
        data="mnist",
        options={**vaes.BURDA_OPTIONS, "num_samples": 5},
    ),
    build=build,
    batches=vaes.image_batches,
    judge=judging.judge_vae,
    quality=judging.quality,
    every=50,
)
