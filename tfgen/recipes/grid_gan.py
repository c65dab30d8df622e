"""A GAN on a grid of 25 Gaussians: as `ring-gan`, with more modes to lose.

The points are those of Srivastava et al. 2017 (arXiv 1705.07761): 5 x 5 modes, 2 apart, of
deviation 0.05.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import point_gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="grid-gan",
    family="GAN",
    kind="points",
    time="1 min",
    expected="25 of 25 modes, 98 % of samples within 3 deviations",
    settings=Settings(
        epochs=100, batch_size=256, data="grid", options={**point_gans.OPTIONS, "spread": 4.0}
    ),
    build=point_gans.relativistic,
    batches=point_gans.batches,
    judge=judging.judge_mixture,
    every=10,
)
