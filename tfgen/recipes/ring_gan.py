"""A GAN on a ring of 8 Gaussians, on which many adversarial objectives lose modes.

Relativistic pairing with zero-centred penalties on both sides (Huang et al. 2025, arXiv 2501.05441)
finds them all. The points are those of Srivastava et al. 2017 (arXiv 1705.07761): radius 1,
deviation 0.01.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import point_gans
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="ring-gan",
    family="GAN",
    kind="points",
    time="1 min",
    expected="8 of 8 modes, 98 % of samples within 3 deviations",
    settings=Settings(epochs=100, batch_size=256, data="ring", options=point_gans.OPTIONS),
    build=point_gans.relativistic,
    batches=point_gans.batches,
    judge=judging.judge_mixture,
    every=10,
)
