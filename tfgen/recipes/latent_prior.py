"""A prior that fits: any of several, over the latents of a VAE that is trained already.

`tfgen train latent-prior --tokenizer RUN --out NEW` takes data and their look from RUN, a run of a
VAE or a preset. `--set prior=` chooses among flow_matching, mean_flow (one pass), mixture (one
epoch is enough), flow, autoregressive and vae (a second stage); `--set conditional=true` learns
the classes, and draws the one that is asked for. Judged, it stands in one table with N(0, I) and
with reconstructions, the best that a prior could reach.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import latent_priors, vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="latent-prior",
    family="VAE with a prior",
    time="minutes, after the VAE's",
    expected="see the results: the mixture comes within 1.14 times of the reconstructions",
    settings=Settings(
        epochs=30,
        batch_size=256,
        options={**latent_priors.OPTIONS, "likelihood": "gaussian", "flip": False, "crop": 0},
    ),
    build=latent_priors.latent_prior,
    batches=vaes.image_batches,
    judge=judging.judge_latent_generator,
    quality=judging.quality,
    tokenizer="conv-vae",
    inherits=("data", "size", "holdout", "likelihood", "flip", "crop"),
    every=10,
)
