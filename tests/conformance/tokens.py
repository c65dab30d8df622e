"""The rows of quantised autoencoders, of priors over their tokens, and of both as one."""

from conformance import examples
from conformance.row import Row
from models import IMAGE_SHAPE, small_vqvae

import tfgen
from tfgen import likelihoods, losses, networks, quantizers
from tfgen.priors import CausalTokenPrior, MaskedTokenPrior, TokenGenerator

FSQ = quantizers.FSQ  # of 24 codes, written as 4 tokens
DECODED = ("decode", "reconstruct")
LOOP, ONE_HOT = "has a loop", "quantized ONE_HOT"
# A vector between two codes may be given the other one in 8 bits, and with it another picture.
NEIGHBOURS = {"int8": 22}
NO_PRIOR = {"seed": "an autoencoder of tokens draws nothing: a prior over them does"}


def _vqgan():
    features = networks.mlp(IMAGE_SHAPE, (2, 5), hidden=(8,), activation="tanh")
    discriminator = networks.patch_discriminator(IMAGE_SHAPE, 4, downsamplings=1)
    vqvae = small_vqvae(quantizers.EMAQuantizer(12, 3))
    return tfgen.VQGAN(vqvae, discriminator, features, losses.non_saturating)


def _residual():
    stages = [quantizers.EMAQuantizer(12, 3), quantizers.EMAQuantizer(12, 3)]
    return small_vqvae(quantizers.ResidualQuantizer(stages))


def _scalars():
    encoder = networks.mlp(IMAGE_SHAPE, (4,), hidden=(16,))
    decoder = networks.mlp((4,), IMAGE_SHAPE, hidden=(16,))
    return tfgen.VQVAE(encoder, decoder, quantizers.ScalarQuantizer(5, 4), likelihoods.Bernoulli())


def _causal(length=examples.LENGTH):
    return CausalTokenPrior(networks.causal_transformer(24, length, 8, 1, 2, num_classes=10))


def _masked(length=examples.LENGTH):
    return MaskedTokenPrior(networks.masked_transformer(24, length, 8, 1, 2, num_classes=10))


def _generator(prior, settings):
    """Of an autoencoder at random, since what the prior learns from is nothing to the checks."""
    return TokenGenerator(small_vqvae(FSQ((4, 3, 2))), prior, settings, untrained=True)


def _train_autoencoder(model, arrays):
    model.autoencoder.compile("adam", run_eagerly=True)
    model.autoencoder.fit(arrays[0], batch_size=32, epochs=2, verbose=0)


ROWS = [
    Row("vqvae-ema", lambda: small_vqvae(quantizers.EMAQuantizer(12, 3)), examples.digits,
        endpoints=DECODED, floors=NEIGHBOURS, skipped=NO_PRIOR),
    Row("vqvae-fsq", lambda: small_vqvae(FSQ((4, 3, 2))), examples.digits,
        endpoints=DECODED, floors=NEIGHBOURS, skipped=NO_PRIOR),
    Row("vqvae-residual", _residual, examples.digits, endpoints=DECODED, floors=NEIGHBOURS,
        skipped=NO_PRIOR),
    Row("qlae", _scalars, examples.digits, endpoints=DECODED, floors=NEIGHBOURS,
        skipped=NO_PRIOR),
    Row("vqgan", _vqgan, examples.digits, endpoints=DECODED, floors=NEIGHBOURS,
        skipped=NO_PRIOR),
    Row("prior-causal", _causal, examples.labelled_tokens, endpoints=("generate",),
        refused={("generate", "int8"): LOOP, ("generate", "int16x8"): LOOP}),
    Row("prior-masked", _masked, examples.labelled_tokens, endpoints=("generate",),
        refused={("generate", "int8"): ONE_HOT}),
    Row("generator-causal", lambda: _generator(_causal(4), {"top_k": 10, "guidance": 0.5}),
        examples.labelled_digits, _train_autoencoder, ("generate", "tokens", "decode"),
        refused={("tokens", "int8"): LOOP, ("tokens", "int16x8"): LOOP}),
    Row("generator-masked", lambda: _generator(_masked(4), {"passes": 2}),
        examples.labelled_digits, _train_autoencoder, ("generate", "tokens", "decode"),
        refused={("tokens", "int8"): ONE_HOT}),
]  # fmt: skip
