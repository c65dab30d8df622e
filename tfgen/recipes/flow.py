"""Images of your own by flow matching: a small U-Net carries noise to them.

`--set conditional=true` learns a class for each sub-folder, and draws the one that is asked for,
the more so the larger `guidance` is. Sides must be multiples of 4: `--size` makes them so.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import flows
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="flow",
    family="flow matching",
    time="an hour for a thousand small photos",
    expected="no recorded run",
    settings=Settings(
        epochs=200, batch_size=64, options={**flows.OPTIONS, "width": 64, "conditional": False}
    ),
    build=flows.flow_matching,
    batches=flows.batches,
    judge=judging.judge_samples,
    quality=judging.quality,
    every=10,
)
