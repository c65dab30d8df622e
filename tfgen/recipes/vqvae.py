"""A tokenizer for images of your own: a grid of at most 8x8 indices of 512 learned codes."""

from tfgen.recipes import judging
from tfgen.recipes.models import tokenizers, vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="vqvae",
    family="VQ-VAE",
    time="minutes for a thousand small photos",
    expected="depends on the images",
    settings=Settings(epochs=60, batch_size=128, options=tokenizers.OPTIONS),
    build=tokenizers.ema,
    batches=vaes.photo_batches,
    judge=judging.judge_tokenizer,
    every=10,
)
