"""Vector-quantised autoencoders for images: what turns them into tokens."""

import math

import tfgen
from tfgen.recipes.models.vaes import adam_compiled

OPTIONS = {
    "learning_rate": 2e-3,
    "codebook_size": 512,
    "code_dim": 8,
    "width": 32,
    "grid": 8,  # tokens at most on each side; images are halved until they are as few
    "conditional": False,  # which a tokenizer never is; its prior may be
    "flip": False,
    "crop": 0,
}


def ema(settings, spec, steps_per_epoch):
    """Return a compiled VQVAE whose codes follow the means of what they stand for."""
    quantizer = tfgen.quantizers.EMAQuantizer(
        settings["codebook_size"], settings["code_dim"], seed=settings.seed
    )
    return compiled(quantizer, settings, spec, steps_per_epoch)


def fsq(settings, spec, steps_per_epoch, levels=(8, 8, 8)):
    """Return a compiled VQVAE with finite scalar quantisation."""
    return compiled(tfgen.quantizers.FSQ(levels), settings, spec, steps_per_epoch)


def compiled(quantizer, settings, spec, steps_per_epoch, likelihood=None):
    """Return a compiled VQVAE with this quantizer; the likelihood is that of 8-bit pixels."""
    likelihood = likelihood or tfgen.likelihoods.DiscretisedLogistic(bits=8)
    sizes = {"downsamplings": halvings(spec.shape, settings["grid"]), "width": settings["width"]}
    encoder = tfgen.networks.grid_encoder(spec.shape, quantizer.code_dim, **sizes)
    *sides, channels = spec.shape
    parameters = (*sides, channels * likelihood.parameters_per_channel)
    decoder = tfgen.networks.grid_decoder(quantizer.code_dim, parameters, **sizes)
    model = tfgen.VQVAE(encoder, decoder, quantizer, likelihood)
    return adam_compiled(model, settings, steps_per_epoch, 12)


def halvings(shape, grid):
    """Return how often the sides of an image are halved until they are at most `grid`.

    Example:
        >>> halvings((28, 28, 1), 8), halvings((64, 48, 3), 8), halvings((8, 8, 1), 8)
        (2, 3, 1)
    """
    return max(1, math.ceil(math.log2(max(shape[:-1]) / grid)))
