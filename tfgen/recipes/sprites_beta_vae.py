"""A beta-VAE on drawn sprites: a rate that weighs more lets units share less.

Higgins et al. 2017, "beta-VAE: learning basic visual concepts with a constrained variational
framework".
"""

from tfgen.recipes.models import sprites

RECIPE = sprites.recipe(
    "sprites-beta-vae",
    family="VAE",
    time="8 min",
    expected="no recorded run: as sprites-vae, with fewer nats and units; a page of what each does",
    build=sprites.beta_vae,
    options={"beta": 4.0},
    epochs=50,
)
