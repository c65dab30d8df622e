"""GANs and token generators against every mode: a cell passes, or is refused in one line."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from gans import compiled as compiled_gan
from models import compiled
from sklearn.datasets import load_digits
from tfgen.export import MODES, inspect, to_tflite, verify

import tfgen
from tfgen import likelihoods, networks, quantizers, vq
from tfgen.networks import SpectralNormalization
from tfgen.priors import CausalTokenPrior, MaskedTokenPrior, TokenGenerator

SHAPE, LATENT_DIM, NUM_CLASSES = (8, 8, 1), 3, 10


def _gan(generator, num_classes=None):
    discriminator = networks.dcgan_discriminator(
        SHAPE, 4, num_classes, batch_norm=False, wrap=SpectralNormalization, group_size=4
    )
    gan = tfgen.GAN(generator, discriminator, LATENT_DIM, num_classes=num_classes)
    images, labels = _data()
    data = (2 * images - 1, labels) if num_classes else (2 * images - 1,)
    compiled_gan(gan).fit(*data, batch_size=32, epochs=2, verbose=0)
    return gan


def _dcgan(num_classes=None):
    return _gan(networks.dcgan_generator(LATENT_DIM, SHAPE, 4, num_classes), num_classes)


def _with_spectral_normalisation():
    layers = [keras.Input((LATENT_DIM,)), SpectralNormalization(keras.layers.Dense(64)),
              keras.layers.Reshape((8, 8, 1)), keras.layers.LeakyReLU(0.2),
              SpectralNormalization(keras.layers.Conv2D(1, 3, padding="same")),
              keras.layers.Activation("tanh")]  # fmt: skip
    return _gan(keras.Sequential(layers))


def _residual():
    return _gan(networks.residual_generator(LATENT_DIM, SHAPE, width=8))


def _tokens(cls, network, settings):
    images, labels = _data()
    encoder = networks.grid_encoder(SHAPE, 3, width=4, blocks=1)
    decoder = networks.grid_decoder(3, SHAPE, width=4, blocks=1)
    model = tfgen.VQVAE(encoder, decoder, quantizers.FSQ((4, 3, 2)), likelihoods.Bernoulli())
    compiled(model, run_eagerly=True).fit(images, batch_size=64, verbose=0)
    prior = cls(network(24, 4, width=8, depth=1, heads=2, num_classes=NUM_CLASSES))
    data = tf.data.Dataset.from_tensor_slices((images, labels.astype(np.int32))).batch(64)
    compiled(prior, run_eagerly=True).fit(vq.tokens(model, data), verbose=0)
    return TokenGenerator(model, prior, settings)


MODELS = {
    "dcgan": _dcgan,
    "class-conditional": functools.partial(_dcgan, NUM_CLASSES),
    "spectral": _with_spectral_normalisation,
    "residual": _residual,
    "causal": functools.partial(
        _tokens, CausalTokenPrior, networks.causal_transformer, {"top_k": 10, "guidance": 0.5}
    ),
    "masked": functools.partial(
        _tokens, MaskedTokenPrior, networks.masked_transformer, {"passes": 2}
    ),
}
ENDPOINTS = {
    name: ("generate", "tokens", "decode")
    if name in ("causal", "masked")
    else ("generate", "decode")
    for name in MODELS
}
CELLS = [(name, e, mode) for name in MODELS for e in ENDPOINTS[name] for mode in MODES]
REFUSED = {
    ("causal", "tokens", "int8"): "'tokens' has a loop",
    ("causal", "tokens", "int16x8"): "'tokens' has a loop",
    ("masked", "tokens", "int8"): "quantized ONE_HOT",  # which stands on both sides of the seam
}
PSNR_FLOORS = {"float32": 110, "float16": 55, "dynamic_int8": 38, "int8": 30, "int16x8": 40}  # dB
AGREEMENT_FLOORS = {"float32": 1.0, "float16": 0.95, "dynamic_int8": 0.9, "int8": 0.5,
                    "int16x8": 0.8}  # fmt: skip


@functools.cache
def _data():
    digits = load_digits()
    return (digits.images[:64, :, :, None] / 16.0).astype(np.float32), digits.target[:64]


@functools.cache
def _model(name):
    keras.utils.set_random_seed(0)
    return MODELS[name]()


@pytest.mark.parametrize(("name", "endpoint", "mode"), CELLS)
def test_a_cell_passes_or_is_refused_in_one_line(name, endpoint, mode, tmp_path, record_property):
    model, cell = _model(name), (name, endpoint, mode)
    record_property("conformance", "refused" if cell in REFUSED else "pass")
    if cell in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[cell]) as caught:
            to_tflite(model, tmp_path, [mode], endpoints=endpoint)
        assert "\n" not in str(caught.value)
        return
    [path] = to_tflite(model, tmp_path, [mode], endpoints=endpoint)
    assert inspect(path).warnings == []
    [row] = verify(model, [path], seconds=0, count=24).rows
    assert row.psnr is None or row.psnr > PSNR_FLOORS[mode]
    assert row.agreement is None or row.agreement >= AGREEMENT_FLOORS[mode]
