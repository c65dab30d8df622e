"""A small generator with every kind of endpoint, and its exported files, made once."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from keras import layers
from tfgen.export import to_saved_model, to_tflite

from tfgen import Endpoint, kinds, sampling

LATENT_DIM = 6
SHAPE = (16, 16, 1)


class Toy(keras.Model):
    """Resizes, convolutions, BatchNorm and LeakyReLU between z and images, and an encoder."""

    def __init__(self, width=16, **kwargs):
        super().__init__(**kwargs)
        self.width = width
        self.decoder = _decoder(width)
        self.encoder = _encoder()
        self.built = True

    def get_config(self):
        return {**super().get_config(), "width": self.width}

    def call(self, images):
        return self.decoder(self.encoder(images)[:, :LATENT_DIM])

    def endpoints(self):
        def decode(z):
            return {"images": tf.cast(self.decoder(z), tf.float32)}

        def generate(seed):
            return decode(sampling.normal(seed, (LATENT_DIM,)))

        def encode(images):
            mean, scale = tf.split(tf.cast(self.encoder(images), tf.float32), 2, axis=-1)
            return {"mean": mean, "scale": tf.sigmoid(scale)}

        def reconstruct(images):
            return decode(encode(images)["mean"])

        def seeds(count, seed):
            return {"seed": sampling.seeds(seed, count).numpy()}

        def latents(count, seed):
            return {"z": sampling.normal(seeds(count, seed)["seed"], (LATENT_DIM,)).numpy()}

        def images(count, seed):
            return {"images": decode(**latents(count, seed))["images"].numpy()}

        given = {"images": tf.TensorSpec([None, *SHAPE])}
        seeded = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        z = {"z": tf.TensorSpec([None, LATENT_DIM])}
        shown = {"images": kinds.Image()}
        return {
            "generate": Endpoint(generate, seeded, seeds, shown),
            "decode": Endpoint(decode, z, latents, shown),
            "encode": Endpoint(encode, given, images),
            "reconstruct": Endpoint(reconstruct, given, images, shown),
        }


def _decoder(width):
    z = keras.Input((LATENT_DIM,))
    h = layers.Reshape((4, 4, 2 * width))(layers.Dense(32 * width)(z))
    for size, channels in ((8, 2 * width), (16, width)):
        h = layers.LeakyReLU(0.2)(layers.BatchNormalization()(h))
        h = keras.ops.image.resize(h, (size, size), interpolation="nearest")
        h = layers.Conv2D(channels, 3, padding="same", use_bias=False)(h)
    h = layers.LeakyReLU(0.2)(layers.BatchNormalization()(h))
    return keras.Model(z, layers.Conv2D(1, 3, padding="same", activation="sigmoid")(h))


def _encoder():
    images = keras.Input(SHAPE)
    h = layers.LeakyReLU(0.2)(layers.Conv2D(8, 3, strides=2, padding="same")(images))
    return keras.Model(images, layers.Dense(2 * LATENT_DIM)(layers.Flatten()(h)))


def make_toy(**arguments):
    """Return a toy with the weights of a trained network: statistics that are not 0 and 1."""
    keras.utils.set_random_seed(0)
    model, random = Toy(**arguments), np.random.default_rng(0)
    for weight in model.weights:
        kind = weight.path.rsplit("/", 1)[-1]
        if kind in ("gamma", "moving_variance"):
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif kind in ("beta", "moving_mean", "bias"):
            weight.assign(random.normal(0, 0.3, weight.shape))
        elif len(weight.shape) == 2:
            weight.assign(3.0 * weight)
    _spread(model)
    return model


def _spread(model):
    """Scale the last layer to logits of mean 0 and deviation 2: pictures that differ by seed."""
    examples = model.endpoints()["generate"].examples(100, 0)
    images = model.endpoints()["generate"](**examples)["images"].numpy().astype(np.float64)
    logits = np.log(images / (1 - images))
    last = model.decoder.layers[-1]
    last.kernel.assign(last.kernel * (2.0 / logits.std()))
    last.bias.assign((last.bias - logits.mean()) * (2.0 / logits.std()))


@pytest.fixture(name="make_toy")
def _make_toy():
    return make_toy


@pytest.fixture
def twins():
    """Function `policy -> (toy under it, float32 toy of the same weights)`."""

    def twins(policy):
        keras.config.set_dtype_policy(policy)
        half = make_toy()
        keras.config.set_dtype_policy("float32")
        full = make_toy()
        full.set_weights(half.get_weights())
        return half, full

    return twins


@pytest.fixture(scope="session")
def toy():
    return make_toy()


@pytest.fixture(scope="session")
def files(toy, tmp_path_factory):
    """`{mode: path}` of generate and decode in all modes."""
    paths = to_tflite(toy, tmp_path_factory.mktemp("tflite"))
    return {path.stem: path for path in paths}


@pytest.fixture(scope="session")
def saved_model(toy, tmp_path_factory):
    return to_saved_model(toy, tmp_path_factory.mktemp("saved_model"))


@pytest.fixture(scope="session")
def run():
    """Function `(path, endpoint, **inputs) -> {output: array}` by LiteRT, batch by batch."""

    def run(path, endpoint, **inputs):
        runner = Interpreter(str(path)).get_signature_runner(endpoint)
        size = next(iter(runner.get_input_details().values()))["shape"][0]
        count = len(next(iter(inputs.values())))
        parts = [
            runner(**{name: array[start : start + size] for name, array in inputs.items()})
            for start in range(0, count, size)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    return run
