"""The network of `mnist-vae` with a VampPrior: 500 pseudo-inputs, which train with it.

Tomczak and Welling 2018 (arXiv 1705.07120): the prior is the mean of the posteriors of the
pseudo-inputs, in place of N(0, I).
"""

import tfgen
from tfgen.recipes import judging
from tfgen.recipes.models import vaes
from tfgen.recipes.recipe import Recipe, Settings


def build(settings, spec, steps_per_epoch):
    """Return the compiled model."""
    prior = tfgen.priors.VampPrior(spec.shape, settings["components"])
    return vaes.burda(tfgen.VAE, settings, spec, steps_per_epoch, prior=prior)


RECIPE = Recipe(
    name="mnist-vamp",
    family="VAE",
    time="no recorded run",
    expected="no recorded run; mnist-vae, without the prior: NLL 85.5 nats",
    settings=Settings(
        epochs=2200,
        batch_size=1024,
        data="mnist",
        options={**vaes.BURDA_OPTIONS, "components": 500},
    ),
    build=build,
    batches=vaes.image_batches,
    judge=judging.judge_vae,
    quality=judging.quality,
    every=50,
)
