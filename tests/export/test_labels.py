"""A label beyond the classes never draws another class, whatever runs the model."""

import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from gans import images_gan
from tfgen.export import inspect, to_saved_model, to_tflite

from tfgen import sampling


@pytest.fixture(scope="module")
def gan():
    return images_gan(num_classes=3)


@pytest.fixture(scope="module")
def inputs():
    """Of one row, but for its label."""
    return {"seed": sampling.seeds(0, 1).numpy(), "truncation": np.full(1, 1e3, np.float32)}


@pytest.fixture(scope="module")
def exported(gan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("labels")
    files = to_tflite(gan, folder, ["float32", "int8"], endpoints="generate")
    return {"saved_model": to_saved_model(gan, folder / "versions"), **{p.stem: p for p in files}}


def _function(exported, what):
    if what == "saved_model":
        loaded = tf.saved_model.load(str(exported[what]))
        return lambda **given: loaded.signatures["generate"](
            **{name: tf.constant(array) for name, array in given.items()}
        )["images"].numpy()
    runner = Interpreter(str(exported[what])).get_signature_runner("generate")
    return lambda **given: runner(**given)["images"]


@pytest.mark.parametrize("what", ["saved_model", "float32", "int8"])
def test_labels_beyond_the_classes_are_refused(exported, gan, inputs, what):
    function = _function(exported, what)
    for label in (3, 1000, -1, -3, -1000):
        with pytest.raises((RuntimeError, tf.errors.InvalidArgumentError), match="(?i)ind"):
            function(**inputs, label=np.full(1, label, np.int32))
    for label in range(3):  # and it goes on to work
        expected = gan.sample(1, labels=[label])
        drawn = function(**inputs, label=np.full(1, label, np.int32))
        np.testing.assert_allclose(drawn, expected, atol=1e-5 if what != "int8" else 0.1)


def test_files_say_so(exported):
    told = inspect(exported["int8"]).metadata["endpoints"]["generate"]["inputs"]["label"]
    assert "a class beyond the range is refused" in told["beyond"]
    page = (exported["saved_model"] / "assets.extra" / "signatures.md").read_text()
    assert "takes `label`, int32 [batch], from 0 to 2; a class beyond the range is refused" in page
    assert "takes `truncation`, float32 [batch]; default 1000" in page
    assert "gives `images`, float32 [batch, 8, 8, 1]: images from -1 (black) to 1" in page
