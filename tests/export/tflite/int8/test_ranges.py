"""Ranges of activations against those that a search by hand finds."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from tfgen.export import to_tflite
from tfgen.export.tflite.int8.ranges import _best_range

from tfgen import Endpoint


def _rounded(x, low, high):
    step = (high - low) / 255
    return low + step * np.round((x.clip(low, high) - low) / step)


@pytest.mark.parametrize("slope", [1.0, 0.2])
def test_the_best_range_has_the_least_error(slope):
    x = np.random.default_rng(0).laplace(size=50_000)
    counts, edges = np.histogram(x, 2048)

    def error(low, high):
        return np.mean(((_rounded(x, low, high) - x) * np.where(x < 0, slope, 1.0)) ** 2)

    found = _best_range(counts, edges, slope)
    assert error(*found) < 0.95 * error(x.min(), x.max())
    for low in np.linspace(0.3, 1.0, 8):
        for high in np.linspace(0.3, 1.0, 8):
            assert error(*found) < 1.1 * error(low * edges[0], high * edges[-1])


class Saturated(keras.Model):
    """A sigmoid of logits of which many are far out, as a trained network's are."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(32, kernel_initializer="orthogonal")
        self.dense.build((None, 32))
        self.built = True

    def endpoints(self):
        def latents(count, seed):
            z = np.random.default_rng(seed).standard_t(df=2, size=(count, 32))
            return {"z": (4.0 * z).astype(np.float32).clip(-40, 40)}

        def decode(z):
            return {"x": tf.sigmoid(self.dense(z))}

        return {"decode": Endpoint(decode, {"z": tf.TensorSpec([None, 32])}, latents)}


def test_logits_beyond_the_sigmoid_cost_no_resolution(run, tmp_path):
    model = Saturated()
    [path] = to_tflite(model, tmp_path, ["int8"], endpoints="decode")
    inputs = model.endpoints()["decode"].examples(100, 1)
    expected = model.endpoints()["decode"](z=tf.constant(inputs["z"]))["x"].numpy()
    error = run(path, "decode", **inputs)["x"] - expected
    assert np.sqrt(np.mean(error**2)) < 0.016  # 0.03 with the whole range
