"""Images of your own, all tokens in a few passes: MaskGIT on those of `vqvae`.

`--set conditional=true` learns a class for each sub-folder, and draws the one that is asked for.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import token_priors, vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="maskgit",
    family="VQ-VAE with a prior",
    time="minutes for a thousand small photos, after the tokenizer's",
    expected="depends on the images",
    settings=Settings(
        epochs=100,
        batch_size=128,
        options={**token_priors.OPTIONS, "conditional": False, "temperature": 0.7},
    ),
    build=token_priors.masked,
    batches=vaes.batches,
    judge=judging.judge_token_generator,
    quality=judging.quality,
    tokenizer="vqvae",
    every=10,
)
