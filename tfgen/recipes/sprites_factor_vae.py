"""A FactorVAE on drawn sprites: a discriminator tells where units depend on one another.

Kim and Mnih 2018, arXiv 1802.05983.
"""

from tfgen.recipes.models import sprites

RECIPE = sprites.recipe(
    "sprites-factor-vae",
    family="FactorVAE",
    time="9 min",
    expected="no recorded run: as sprites-beta-tcvae; a page of what each unit does",
    build=sprites.factor_vae,
    options={"gamma": 10.0, "judge_width": 256, "judge_rate": 1e-3},
    epochs=50,
)
