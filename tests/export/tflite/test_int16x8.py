"""int16x8 of networks that TensorFlow's converter refuses."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils
from keras import layers
from tfgen.export import inspect, to_tflite, verify
from tfgen.export.tflite import int16x8

from tfgen import Endpoint, sampling


class Normed(keras.Model):
    """Keras's group and layer normalisation between noise and images."""

    def __init__(self):
        super().__init__()
        z = keras.Input((6,))
        h = layers.Reshape((4, 4, 8))(layers.Dense(128)(z))
        h = layers.LeakyReLU(0.2)(layers.GroupNormalization(4)(h))
        h = layers.LayerNormalization()(layers.Conv2D(8, 3, padding="same")(h))
        self.decoder = keras.Model(z, layers.Conv2D(1, 3, padding="same", activation="tanh")(h))
        self.built = True

    def endpoints(self):
        def generate(seed):
            return {"images": self.decoder(sampling.normal(seed, (6,)))}

        def seeds(count, seed):
            return {"seed": sampling.seeds(seed, count).numpy()}

        return {"generate": Endpoint(generate, {"seed": tf.TensorSpec([None, 2], tf.int32)}, seeds)}


@pytest.fixture(scope="module")
def normed():
    keras.utils.set_random_seed(0)
    return Normed()


def test_normalisation_keeps_its_quality_with_int16(normed, tmp_path, capfd):
    [path] = to_tflite(normed, tmp_path, ["int16x8"], endpoints="generate")
    assert capfd.readouterr() == ("", "")
    [row] = verify(normed, [path], seconds=0).rows
    assert row.psnr > 45
    signature = inspect(path).signatures["generate"]
    assert signature.inputs["seed"].dtype == "int32"
    assert signature.outputs["images"].dtype == "float32"


def test_kernels_are_int8(normed, tmp_path):
    [path] = to_tflite(normed, tmp_path, ["int16x8"], endpoints="generate")
    graph = flatbuffer_utils.read_model(path).subgraphs[0]
    found = [int(np.prod(t.shape)) for t in graph.tensors if t.type == schema.TensorType.INT8]
    expected = [int(np.prod(w.shape)) for w in normed.decoder.weights if "kernel" in w.path]
    assert sorted(found) == sorted(expected)


def test_without_the_extra_it_is_named(normed, tmp_path, monkeypatch):
    monkeypatch.setattr(int16x8, "available", lambda: False)
    with pytest.raises(ValueError, match=r"'generate' uses .*'tfgen\[quantizer\]'") as caught:
        to_tflite(normed, tmp_path, ["int16x8"], endpoints="generate")
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_what_neither_knows_is_refused_in_the_first_ones_words(normed, tmp_path, monkeypatch):
    def fails(*_):
        raise KeyError("many\nlines")

    monkeypatch.setattr(int16x8, "quantized", fails)
    with pytest.raises(ValueError, match="'generate' uses .*built in for int16x8") as caught:
        to_tflite(normed, tmp_path, ["int16x8"], endpoints="generate")
    assert "\n" not in str(caught.value)
