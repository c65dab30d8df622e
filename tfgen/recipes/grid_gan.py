"""A GAN on a grid of 25 Gaussians: as `ring-gan`, with more modes to lose.

The points are those of Srivastava et al. 2017 (arXiv 1705.07761): 5 x 5 modes, 2 apart, of
deviation 0.05.
"""

import tfgen
from tfgen.recipes import ring_gan
from tfgen.recipes.judging import judge_mixture
from tfgen.recipes.recipe import Recipe, Settings

DEVIATION = 0.05


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    return ring_gan.mixture_gan(settings, steps_per_epoch, spread=4.0, gamma=0.1)


def dataset(split, settings, data_dir=None, first_epoch=0):
    """Return fresh points; those of the test are others than those of the training."""
    return ring_gan.points(tfgen.metrics.grid_centres(), DEVIATION, split, settings, first_epoch)


def judge(model, test):
    """Return modes and quality of the samples."""
    return judge_mixture(model, tfgen.metrics.grid_centres(), DEVIATION)


RECIPE = Recipe(
    name="grid-gan",
    modality="points",
    family="GAN",
    data="grid of 25 Gaussians",
    time="1 min",
    expected="25 of 25 modes, 98 % of samples within 3 deviations",
    settings=Settings(epochs=100, batch_size=256),
    build=build,
    dataset=dataset,
    judge=judge,
    every=10,
)
