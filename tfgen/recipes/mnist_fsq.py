"""A tokenizer for MNIST without a codebook to train: finite scalar quantisation.

As `mnist-vqvae`, with a grid of 8 x 8 x 8 codes in the place of 512 learned ones: no auxiliary
loss, and no code that could die.
"""

import tfgen
from tfgen.recipes import mnist_vqvae
from tfgen.recipes.recipe import Recipe, Settings

LEVELS = (8, 8, 8)


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    quantizer = tfgen.quantizers.FSQ(LEVELS)
    return mnist_vqvae.vqvae(quantizer, mnist_vqvae.IMAGE_SHAPE, settings, steps_per_epoch)


RECIPE = Recipe(
    name="mnist-fsq",
    modality="image",
    family="VQ-VAE",
    data="mnist",
    time="4 min, estimated",
    expected="not recorded yet",
    settings=Settings(epochs=4, batch_size=128),
    build=build,
    dataset=mnist_vqvae.dataset,
    judge=mnist_vqvae.judge,
)
