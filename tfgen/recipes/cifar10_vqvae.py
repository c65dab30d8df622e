"""A tokenizer for CIFAR-10: 32x32 colour pixels become 8x8 indices of 512 learned codes.

As `mnist-vqvae`, with networks twice as wide. The VQ-VAE paper reports 4.67 bits per dimension on
this data (arXiv 1711.00937, section 4.1), with a prior and another likelihood; `bits_per_dim` here
is without the codes, 64 * 9 bits at most, which add 0.19 bits per dimension.
"""

from tfgen.recipes import judging
from tfgen.recipes.models import tokenizers, vaes
from tfgen.recipes.recipe import Recipe, Settings

RECIPE = Recipe(
    name="cifar10-vqvae",
    family="VQ-VAE",
    time="not recorded yet",
    expected="not recorded yet",
    settings=Settings(
        epochs=30, batch_size=128, data="cifar10", options={**tokenizers.OPTIONS, "width": 64}
    ),
    build=tokenizers.ema,
    batches=vaes.photo_batches,
    judge=judging.judge_tokenizer,
)
