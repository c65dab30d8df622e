"""A small model of each family, exported once, and a server for one of them."""

import importlib
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from gans import images_gan
from model_server import Model, serving
from models import small_conv_vae
from tfgen.export import serving_kit, to_saved_model

import tfgen
from tfgen import likelihoods, networks, quantizers
from tfgen.priors import CausalTokenPrior, TokenGenerator

NAME = "small-digits"


def gan():
    """A class-conditional one whose average generator is another one than that in training."""
    model = images_gan(num_classes=3, ema_half_life=100)
    for weight in model.ema_generator.weights:
        weight.assign(weight + 0.05 * tf.sign(weight))
    return model


def vqvae():
    encoder = networks.grid_encoder((8, 8, 1), 3, width=4, blocks=1)
    decoder = networks.grid_decoder(3, (8, 8, 1), width=4, blocks=1)
    return tfgen.VQVAE(encoder, decoder, quantizers.FSQ((4, 3, 2)), likelihoods.Bernoulli())


def token_generator():
    prior = CausalTokenPrior(networks.causal_transformer(24, 4, width=8, depth=1, heads=2))
    prior.steps_trained.assign(1)  # what was never trained is not served
    return TokenGenerator(vqvae(), prior, {"temperature": 0.9}, untrained=True)


MAKERS = {"vae": small_conv_vae, "gan": gan, "vqvae": vqvae, "token_generator": token_generator}


@pytest.fixture(scope="session", params=MAKERS)
def family(request, tmp_path_factory):
    """(model, path of its SavedModel), for each family."""
    return exported(request.param, tmp_path_factory)


@pytest.fixture(scope="session")
def exported_family(tmp_path_factory):
    """Function `name -> (model, path of its SavedModel)`."""
    return lambda name: exported(name, tmp_path_factory)


_EXPORTED = {}


def exported(name, tmp_path_factory):
    if name not in _EXPORTED:
        keras.utils.set_random_seed(0)
        model = MAKERS[name]()
        _EXPORTED[name] = model, to_saved_model(model, tmp_path_factory.mktemp(name) / name)
    return _EXPORTED[name]


@pytest.fixture(scope="session")
def kit(exported_family, tmp_path_factory):
    """The directory of a kit for the GAN, whose pictures lie in [-1, 1]."""
    _, path = exported_family("gan")
    directory = tmp_path_factory.mktemp("kit")
    return serving_kit(path, directory, NAME)


@pytest.fixture(scope="session")
def clients(kit):
    """`{"grpc": module, "rest": module}`, imported from the kit as its user would."""
    sys.path.insert(0, str(kit))
    yield {kind: importlib.import_module(f"{kind}_client") for kind in ("grpc", "rest")}
    sys.path.remove(str(kit))


@pytest.fixture(scope="session")
def served(exported_family):
    """The model behind the server."""
    return Model(exported_family("gan")[1], NAME)


@pytest.fixture(scope="session")
def addresses(served):
    with serving(served) as addresses:
        yield addresses


@pytest.fixture(scope="session")
def reference(exported_family):
    """Function `inputs -> images` of the Keras model."""
    generate = exported_family("gan")[0].endpoints()["generate"]

    def reference(inputs):
        return generate(**{name: tf.constant(a) for name, a in inputs.items()})["images"].numpy()

    return reference


@pytest.fixture
def ask(clients, addresses):
    """Function `(kind, inputs, version_label) -> images`, by a client of the kit."""

    def ask(kind, inputs, version_label=None):
        inputs = {name: np.asarray(array, np.int32) for name, array in inputs.items()}
        if kind == "rest":
            return clients["rest"].predict(addresses["rest"], inputs, version_label)
        with clients["grpc"].connected(addresses["grpc"]) as channel:
            return clients["grpc"].predict(channel, inputs, version_label)

    return ask
