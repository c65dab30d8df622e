"""int8 files that have learned to live with rounding."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.tools import flatbuffer_utils
from keras import layers
from tfgen.export import to_tflite, verify
from tfgen.export.tflite import conversion
from tfgen.export.tflite.int8.fine_tuning import Practice
from tfgen.export.tflite.int8.ranges import align_leaky
from tfgen.export.tflite.int8.student import Student

from tfgen import Endpoint, sampling


class Uneven(keras.Model):
    """One weight is sixty times as large as the others, and leads nowhere."""

    def __init__(self):
        super().__init__()
        first, last = layers.Dense(48), layers.Dense(16, activation="sigmoid")
        z = keras.Input((6,))
        self.decoder = keras.Model(z, last(layers.LeakyReLU(0.2)(first(z))))
        kernel = first.kernel.numpy()
        kernel[0, 0] = 60 * kernel.std()
        first.kernel.assign(kernel)
        last.kernel.assign(3 * last.kernel * (np.arange(48) > 0)[:, None])
        self.built = True

    def endpoints(self):
        def decode(z):
            return {"x": self.decoder(z)}

        def generate(seed):
            return decode(sampling.normal(seed, (6,)))

        def seeds(count, seed):
            return {"seed": sampling.seeds(seed, count).numpy()}

        def latents(count, seed):
            return {"z": sampling.normal(seeds(count, seed)["seed"], (6,)).numpy()}

        return {
            "generate": Endpoint(generate, {"seed": tf.TensorSpec([None, 2], tf.int32)}, seeds),
            "decode": Endpoint(decode, {"z": tf.TensorSpec([None, 6])}, latents),
        }


@pytest.fixture(scope="module")
def uneven():
    keras.utils.set_random_seed(0)
    return Uneven()


def test_a_bad_range_of_weights_is_mended(uneven, tmp_path):
    before = uneven.get_weights()
    [plain] = to_tflite(uneven, tmp_path / "plain", ["int8"])
    [tuned] = to_tflite(uneven, tmp_path / "tuned", ["int8"], fine_tune_steps=100)
    rows = [verify(uneven, [path], seconds=0, count=128).rows for path in (plain, tuned)]
    for one, other in zip(*rows, strict=True):  # generate and decode
        assert other.psnr > one.psnr + 1.5
    # Both signatures share what was learned, and the model has not changed.
    assert tuned.stat().st_size < plain.stat().st_size + 200
    for old, new in zip(before, uneven.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_other_modes_do_not_practise(uneven, tmp_path, monkeypatch):
    monkeypatch.setattr(Practice, "refined", lambda *_, **__: pytest.fail("practised"))
    assert to_tflite(uneven, tmp_path, ["dynamic_int8"], endpoints="decode", fine_tune_steps=5)


@pytest.fixture
def calibrated(monkeypatch):
    """Function `model -> (calibrated file, int8 file)` of its endpoint decode, parsed and whole."""

    def calibrated(model, directory):
        kept, real = [], conversion.narrowed

        def aligned(*arguments):
            file = flatbuffer_utils.read_model_from_bytearray(bytearray(real(*arguments)))
            align_leaky(file, file.subgraphs[0])
            kept.append(file)
            return bytes(flatbuffer_utils.convert_object_to_bytearray(file))

        monkeypatch.setattr(conversion, "narrowed", aligned)
        [path] = to_tflite(model, directory, ["int8"], endpoints="decode")
        return kept[0], path

    return calibrated


def test_the_student_is_the_network(toy, run, calibrated, tmp_path):
    file, path = calibrated(toy, tmp_path)
    z = toy.endpoints()["decode"].examples(32, 1)
    expected = toy.endpoints()["decode"](z=tf.constant(z["z"]))["images"].numpy()
    np.testing.assert_allclose(Student(file, rounded=False)(z)["images"], expected, atol=1e-5)
    # Rounded, it is wrong where the int8 file is, and much nearer to it.
    rounded, int8 = Student(file)(z)["images"].numpy(), run(path, "decode", **z)["images"]
    assert np.mean((rounded - int8) ** 2) < 0.5 * np.mean((int8 - expected) ** 2)


def _transposed():
    return [
        layers.Dense(128), layers.Reshape((4, 4, 8)),
        layers.Conv2DTranspose(8, 4, strides=2, padding="same"), layers.BatchNormalization(),
        layers.ReLU(), layers.Conv2DTranspose(1, 4, strides=2, padding="same", activation="tanh"),
    ]  # fmt: skip


def _normed():
    return [
        layers.Dense(128), layers.Reshape((4, 4, 8)), layers.GroupNormalization(4),
        layers.UpSampling2D(), layers.Conv2D(4, 3, padding="same", activation="gelu"),
        layers.Conv2D(1, 3, strides=2, activation="sigmoid"),
    ]  # fmt: skip


class Decoder(keras.Model):
    def __init__(self, network):
        super().__init__()
        self.network = keras.Sequential([keras.Input((6,)), *network])
        self.built = True

    def endpoints(self):
        def latents(count, seed):
            return {"z": sampling.normal(sampling.seeds(seed, count), (6,)).numpy()}

        def decode(z):
            return {"images": self.network(z)}

        return {"decode": Endpoint(decode, {"z": tf.TensorSpec([None, 6])}, latents)}


@pytest.mark.parametrize("network", [_transposed, _normed])
def test_the_student_knows_other_networks(network, calibrated, tmp_path):
    keras.utils.set_random_seed(0)
    model = Decoder(network())
    file, _ = calibrated(model, tmp_path)
    z = model.endpoints()["decode"].examples(8, 1)
    expected = model.endpoints()["decode"](z=tf.constant(z["z"]))["images"].numpy()
    np.testing.assert_allclose(Student(file, rounded=False)(z)["images"], expected, atol=1e-5)


def test_what_it_cannot_train_is_refused_in_one_line(tmp_path):
    model = Decoder([layers.Dense(8, activation="softmax")])
    with pytest.raises(ValueError, match="cannot train through SOFTMAX. Leave out") as caught:
        to_tflite(model, tmp_path, ["int8"], endpoints="decode", fine_tune_steps=1)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("steps", [-1, 1.5, True, "many"])
def test_steps_are_checked(uneven, tmp_path, steps):
    with pytest.raises(ValueError, match="fine_tune_steps=.*expected an int of at least 0"):
        to_tflite(uneven, tmp_path, ["int8"], fine_tune_steps=steps)
