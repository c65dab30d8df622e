"""A tokenizer for MNIST without a codebook to train: finite scalar quantisation.

As `mnist-vqvae`, with a grid of 8 x 8 x 8 codes in the place of 512 learned ones: no auxiliary
loss, and no code that could die.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import tokenizers, vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mnist-fsq",
    family="VQ-VAE",
    time="5 min",
    expected="100 % of 512 codes in use, perplexity 309, MSE 0.0024, 1.18 bits/dim without codes",
    settings=Settings(epochs=8, batch_size=128, data="mnist", options=tokenizers.OPTIONS),
    build=tokenizers.fsq,
    batches=vaes.photo_batches,
    judge=judging.judge_tokenizer,
)
