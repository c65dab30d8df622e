"""A beta-TCVAE on drawn sprites: pressed on the part of the rate that is dependence among units.

Chen et al. 2018, arXiv 1802.04942.
"""

from tfgen.recipes.models import sprites

RECIPE = sprites.recipe(
    "sprites-beta-tcvae",
    family="VAE",
    time="9 min",
    expected="no recorded run: as sprites-vae, with units less alike; a page of what each does",
    build=sprites.beta_tcvae,
    options={"beta": 6.0},
    epochs=50,
)
