"""A plain VAE on drawn sprites: what the disentangling ones are measured against."""

from tfgen.recipes.models import sprites

RECIPE = sprites.recipe(
    "sprites-vae",
    family="VAE",
    time="8 min",
    expected="no recorded run: faithful images; MIG, InfoM and a page of what each unit does",
    build=sprites.vae,
    options={},
    epochs=50,
)
