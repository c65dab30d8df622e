"""Every activation of Keras, and the layers of which generators are made, in every mode.

A cell of the table passes with a PSNR above its mode's floor, or is refused in one line. Cells
share conversions: each is an output of its own of a network that has many.
"""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import activations, layers
from tfgen.export import MODES, to_tflite
from tfgen.export.proof import measure

from tfgen import Endpoint

FLOORS = {"float32": 110, "float16": 55, "dynamic_int8": 40, "int8": 23, "int16x8": 26}
# What int8 steps cost where a small input decides on a large share of the output.
WEAK = {("mish", "int16x8"): 10, ("selu", "int8"): 15}
REFUSED = {("keras.ops.argmax", mode): "uses BitwiseAnd" for mode in MODES}

NOT_ACTIVATIONS = {"get", "serialize", "deserialize", "threshold"}  # the last one takes arguments
ACTIVATIONS = [
    name
    for name in dir(activations)
    if name[0] != "_" and callable(getattr(activations, name)) and name not in NOT_ACTIVATIONS
]


class PixelShuffle(layers.Layer):
    """Channels become pixels."""

    def call(self, x):
        return tf.nn.depth_to_space(x, 2)


def vector(*stack):
    """Layers behind a dense one."""
    return lambda z: keras.Sequential([layers.Dense(12), *stack])(z)


def image(*stack):
    """Layers behind a dense one and a reshape to 4x4 pixels of 4 channels."""
    return lambda z: keras.Sequential([layers.Dense(64), layers.Reshape((4, 4, 4)), *stack])(z)


def pair(layer):
    """A layer that joins two."""
    return lambda z: layer([layers.Dense(12)(z), layers.Dense(12, activation="tanh")(z)])


def attention(z):
    h = layers.Reshape((4, 4))(layers.Dense(16)(z))
    return layers.MultiHeadAttention(2, 4)(h, h)


class Largest(layers.Layer):
    """The place of the largest number."""

    def call(self, x):
        return tf.argmax(x, axis=-1)


def embedding(z, largest=None):
    found = layers.Embedding(5, 4)((largest or Largest())(layers.Dense(5)(z)))
    return layers.Dense(6)(layers.Concatenate()([found, z]))


def convolution():
    return layers.Conv2D(3, 3, padding="same")


TOGETHER = {
    **{name: vector(layers.Activation(name)) for name in ACTIVATIONS},
    "Dense": vector(layers.Dense(7)),
    "Conv2D": image(layers.Conv2D(5, 3, padding="same")),
    "Conv2D of stride 2": image(layers.Conv2D(5, 3, 2, padding="same")),
    "Conv2DTranspose": image(layers.Conv2DTranspose(5, 4, 2, padding="same")),
    "UpSampling2D nearest": image(layers.UpSampling2D(), convolution()),
    "UpSampling2D bilinear": image(layers.UpSampling2D(interpolation="bilinear"), convolution()),
    "DepthwiseConv2D": image(layers.DepthwiseConv2D(3, padding="same")),
    "SeparableConv2D": image(layers.SeparableConv2D(6, 3, padding="same")),
    "Conv1D": vector(layers.Reshape((6, 2)), layers.Conv1D(3, 3, padding="same")),
    "Conv1DTranspose": vector(layers.Reshape((6, 2)), layers.Conv1DTranspose(3, 4, 2)),
    "BatchNormalization": image(layers.BatchNormalization()),
    "Add": pair(layers.Add()),
    "Multiply": pair(layers.Multiply()),
    "Concatenate": pair(layers.Concatenate()),
    "Reshape": image(layers.Reshape((8, 8))),
    "Permute": image(layers.Permute((3, 1, 2))),
    "Flatten": image(layers.Flatten()),
    "PReLU": image(layers.PReLU(alpha_initializer="glorot_uniform")),
    "LeakyReLU": image(layers.LeakyReLU(0.2)),
    "ELU": image(layers.ELU()),
    "Dropout": vector(layers.Dropout(0.5)),
    "GaussianNoise": vector(layers.GaussianNoise(0.5)),
    "GlobalAveragePooling2D": image(layers.GlobalAveragePooling2D()),
    "AveragePooling2D": image(layers.AveragePooling2D(2)),
    "MaxPooling2D": image(layers.MaxPooling2D(2)),
    "PixelShuffle": image(PixelShuffle(), convolution()),
    "ZeroPadding2D": image(layers.ZeroPadding2D(1)),
    "Cropping2D": image(layers.Cropping2D(1)),
    "EinsumDense": vector(layers.Reshape((3, 4)), layers.EinsumDense("abc,cd->abd", (None, 5))),
    "Softmax": vector(layers.Softmax()),
    "Rescaling": image(layers.Rescaling(2.0, 1.0)),
}
# What another quantizer does in int16x8, or another seam, and what may be refused: one by one.
ALONE = {
    "LayerNormalization": image(layers.LayerNormalization()),
    "GroupNormalization": image(layers.GroupNormalization(2)),
    "RMSNormalization": image(layers.RMSNormalization()),
    "UnitNormalization": vector(layers.UnitNormalization()),
    "MultiHeadAttention": attention,
    "Embedding": embedding,
    "keras.ops.argmax": lambda z: embedding(z, lambda x: keras.ops.argmax(x, axis=-1)),
}


class Table(keras.Model):
    """One endpoint for the cells that go together, and one for each of the others."""

    def __init__(self):
        super().__init__()
        keras.utils.set_random_seed(0)
        self.cells = {name: _network(make) for name, make in {**TOGETHER, **ALONE}.items()}
        self.built = True

    def endpoints(self):
        def endpoint(names):
            def function(z):
                return {f"cell{i}": tf.cast(self.cells[n](z), tf.float32) for i, n in names}

            return Endpoint(function, {"z": tf.TensorSpec([None, 8])}, _examples)

        together = endpoint(list(enumerate(TOGETHER)))
        return {"together": together, **{name: endpoint([(0, name)]) for name in ALONE}}


def _network(make):
    z = keras.Input((8,))
    network = keras.Model(z, make(z))
    random = np.random.default_rng(1)
    for weight in network.weights:
        kind = weight.path.rsplit("/", 1)[-1]
        if kind in ("gamma", "moving_variance", "scale"):
            weight.assign(random.uniform(0.5, 1.5, weight.shape))
        elif kind in ("beta", "bias", "moving_mean"):
            weight.assign(random.normal(0, 0.3, weight.shape))
    return network


def _examples(count, seed):
    return {"z": np.random.default_rng(seed).normal(size=(count, 8)).astype(np.float32)}


@pytest.fixture(scope="module")
def psnrs(tmp_path_factory):
    """Function `endpoint -> {mode: [PSNR of each cell]}`, or the ValueError that refused it."""
    model = Table()

    @functools.cache
    def psnrs(endpoint):
        try:  # all modes at once, which share what is traced
            paths = to_tflite(model, tmp_path_factory.mktemp("cells"), endpoints=endpoint)
        except ValueError as refused:
            return refused
        examples = _examples(32, 1)
        expected = model.endpoints()[endpoint](**examples)

        def psnr(path):
            answers = measure.run(measure.runner(path, endpoint, 1), examples)
            return [
                measure.errors({"x": answers[name]}, {"x": expected[name].numpy()})[1]
                for name in (f"cell{i}" for i in range(len(expected)))
            ]

        return {mode: psnr(path) for mode, path in zip(MODES, paths, strict=True)}

    return psnrs


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", [*TOGETHER, *ALONE])
def test_a_cell_passes_or_is_refused_in_one_line(psnrs, name, mode):
    found = psnrs(name if name in ALONE else "together")
    reason = REFUSED.get((name, mode))
    if isinstance(found, ValueError):
        assert "\n" not in str(found)
        assert reason and reason in str(found), found
        return
    assert reason is None, f"{name} is no longer refused in {mode}"
    psnr = found[mode][list(TOGETHER).index(name) if name in TOGETHER else 0]
    assert psnr > WEAK.get((name, mode), FLOORS[mode])
