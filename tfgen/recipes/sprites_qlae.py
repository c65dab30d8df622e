"""A quantised latent autoencoder on drawn sprites: few values for each latent, and weights that
decay.

Hsu et al. 2023, "Disentanglement via latent quantization", arXiv 2305.18378: twice as many latents
as there are factors, 10 values each.
"""

from tfgen.recipes.models import sprites

RECIPE = sprites.recipe(
    "sprites-qlae",
    family="VQ-VAE",
    time="9 min",
    expected="MSE 0.0013 after 18 epochs; a page of what each latent does",
    build=sprites.qlae,
    options={"latent_dim": 12, "values": 10, "commitment": 2.5, "weight_decay": 0.3},
    epochs=50,
)
