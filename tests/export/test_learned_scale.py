"""A decoder's learned scale is no part of its pictures, so that no file of them holds it."""

import keras
import numpy as np
import pytest
from tfgen.export import inspect, to_tflite, verify

import tfgen
from tfgen import likelihoods, networks

LATENT_DIM = 8


@pytest.fixture(scope="module")
def vae():
    """A sigma-VAE after a few epochs of digits."""
    from sklearn.datasets import load_digits

    keras.utils.set_random_seed(0)
    encoder = networks.conv_encoder((8, 8, 1), 2 * LATENT_DIM, width=16)
    means = networks.conv_decoder(LATENT_DIM, (8, 8, 1), width=16)
    decoder = keras.Sequential([means, likelihoods.LearnedScale(initial_scale=0.3)])
    model = tfgen.VAE(encoder, decoder, likelihoods.Gaussian(), LATENT_DIM)
    model.compile(keras.optimizers.Adam(5e-3), jit_compile=False)
    images = (load_digits().images[:640, :, :, None] / 16.0).astype(np.float32)
    model.fit(images, epochs=6, batch_size=32, verbose=0)
    return model


@pytest.fixture(scope="module")
def exported(vae, tmp_path_factory):
    """Function `raw scale -> path` of the int8 file."""

    def exported(raw_scale):
        vae.decoder.layers[-1].raw_scale.assign(np.full((1, 1, 1, 1), raw_scale))
        [path] = to_tflite(vae, tmp_path_factory.mktemp("tflite"), ["int8"])
        return path

    return exported


def test_int8_pictures_lose_nothing_to_the_range_of_the_scale(vae, exported):
    path = exported(-20.0)  # where the scale has come down to its minimum
    rows = verify(vae, [path], count=64, seconds=0).rows
    assert [row.endpoint for row in rows] == ["generate", "decode"]
    assert all(row.psnr > 42 for row in rows)  # 45; with the scale among the parameters, 37


def test_the_file_does_not_know_the_scale(exported):
    path = exported(-20.0)
    assert path.read_bytes() == exported(0.5).read_bytes()
    assert "BROADCAST_TO" not in inspect(path).operations
