"""Flow matching on MNIST: a small U-Net carries noise to the digit that is asked for.

Lipman et al. 2022 (arXiv 2210.02747) with straight lines, logit-normal times, and guidance (Ho and
Salimans 2022, arXiv 2207.12598). The network sees patches of 2x2 pixels, for the sake of CPUs.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import flows
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mnist-flow",
    family="flow matching",
    time="no recorded run",
    expected="no recorded run",
    settings=Settings(epochs=40, batch_size=128, data="mnist", options=flows.OPTIONS),
    build=flows.flow_matching,
    batches=flows.batches,
    judge=judging.judge_samples,
    quality=judging.quality,
    every=5,
)
