"""Handwritten digits on request: a transformer writes the tokens of `mnist-vqvae`, one by one.

It learns the tokens of each batch as it comes, by class; nothing is kept. Trained, the model is a
`tfgen.priors.TokenGenerator`, from a seed and a label to an image. Its temperature was chosen on
training images, among those from 0.4 to 1.0.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import token_priors, vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="mnist-token-prior",
    family="VQ-VAE with a prior",
    time="21 min, after the tokenizer's",
    expected="1.52 bits/dim; Fréchet distance 0.81, 98 % as asked",
    settings=Settings(epochs=15, batch_size=128, data="mnist", options=token_priors.OPTIONS),
    build=token_priors.causal,
    batches=vaes.batches,
    judge=judging.judge_token_generator,
    quality=judging.quality,
    tokenizer="mnist-vqvae",
)
