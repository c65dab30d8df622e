"""Handwritten digits on request, all tokens in a few passes: MaskGIT on those of `mnist-vqvae`.

As `mnist-token-prior`, with a transformer that fills in masked tokens, the surest first.
"""

import tfgen
from tfgen.recipes import mnist_token_prior
from tfgen.recipes.mnist_dcgan import NUM_CLASSES
from tfgen.recipes.recipe import Recipe, Settings

# As for `mnist-token-prior`, chosen on training images; with neither, samples are thrice as far.
SETTINGS = {"temperature": 0.7, "guidance": 1.0}


def build(settings, steps_per_epoch, tokenizer):
    """Return the compiled model."""
    sizes = mnist_token_prior.sizes(tokenizer)
    network = tfgen.networks.masked_transformer(*sizes, num_classes=NUM_CLASSES)
    prior = tfgen.priors.MaskedTokenPrior(network)
    generator = tfgen.priors.TokenGenerator(tokenizer, prior, SETTINGS)
    return mnist_token_prior.compiled(generator, settings, steps_per_epoch)


RECIPE = Recipe(
    name="mnist-maskgit",
    modality="image",
    family="VQ-VAE with a prior",
    data="mnist",
    time="7 min, after the tokenizer's",
    expected="Fréchet distance 0.58, 99.7 % as asked",
    settings=Settings(epochs=6, batch_size=128),
    build=build,
    dataset=mnist_token_prior.dataset,
    judge=mnist_token_prior.judge,
    tokenizer="mnist-vqvae",
)
