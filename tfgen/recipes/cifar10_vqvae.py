"""A tokenizer for CIFAR-10: 32x32 colour pixels become 8x8 indices of 512 learned codes.

As `mnist-vqvae`, with networks twice as wide. The VQ-VAE paper reports 4.67 bits per dimension on
this data (arXiv 1711.00937, section 4.1), with a prior and another likelihood; `bits_per_dim` here
is without the codes, 64 * 9 bits at most, which add 0.19 bits per dimension.
"""

import tfgen
from tfgen.recipes import mnist_vqvae
from tfgen.recipes.recipe import Recipe, Settings
from tfgen.recipes.token_judging import judge_tokenizer

IMAGE_SHAPE = (32, 32, 3)


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    quantizer = tfgen.quantizers.EMAQuantizer(512, mnist_vqvae.CODE_DIM, seed=settings.seed)
    return mnist_vqvae.vqvae(quantizer, IMAGE_SHAPE, settings, steps_per_epoch, width=64)


def dataset(split, settings, data_dir=None, first_epoch=0):
    """Return CIFAR-10, values in [0, 1]."""
    return mnist_vqvae.images("cifar10", split, settings, data_dir, first_epoch)


RECIPE = Recipe(
    name="cifar10-vqvae",
    modality="image",
    family="VQ-VAE",
    data="cifar10",
    time="not recorded yet",
    expected="not recorded yet",
    settings=Settings(epochs=30, batch_size=128),
    build=build,
    dataset=dataset,
    judge=judge_tokenizer,
)
