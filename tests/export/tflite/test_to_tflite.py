import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from ai_edge_litert.tools import flatbuffer_utils
from models import compiled, small_vae
from tfgen.export import MODES, to_tflite, verify
from tfgen.export.tflite import conversion

from tfgen import Endpoint, kinds, sampling

PSNR_FLOORS = {"float32": 115, "float16": 58, "dynamic_int8": 42, "int8": 32, "int16x8": 47}
COUNT, LATENT_DIM = 24, 6


def _answers(model, endpoint, seed=1):
    inputs = model.endpoints()[endpoint].examples(COUNT, seed)
    outputs = model.endpoints()[endpoint](**{k: tf.constant(v) for k, v in inputs.items()})
    return inputs, {name: output.numpy() for name, output in outputs.items()}


def _psnr(reference, answer):
    return 10 * np.log10(np.ptp(reference) ** 2 / np.mean((answer - reference) ** 2))


def test_pictures_depend_on_the_seed(toy):
    images = _answers(toy, "generate")[1]["images"]
    assert images.std(axis=0).mean() > 0.05


def test_float32_gives_the_same_picture_from_the_same_seed(toy, files, run):
    inputs, expected = _answers(toy, "generate")
    answer = run(files["float32"], "generate", **inputs)
    np.testing.assert_allclose(answer["images"], expected["images"], atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_each_mode_is_as_close_as_it_should_be_and_noise_costs_nothing(toy, files, run, mode):
    psnrs = {}
    for endpoint in ("generate", "decode"):
        inputs, expected = _answers(toy, endpoint)
        answer = run(files[mode], endpoint, **inputs)
        psnrs[endpoint] = _psnr(expected["images"], answer["images"])
        assert psnrs[endpoint] > PSNR_FLOORS[mode]
    assert psnrs["generate"] > psnrs["decode"] - 1.0


@pytest.mark.parametrize("mode", MODES)
def test_the_inputs_and_outputs_keep_their_types(files, mode):
    interpreter = Interpreter(str(files[mode]))
    assert sorted(interpreter.get_signature_list()) == ["decode", "generate"]
    for name, dtype in (("generate", np.int32), ("decode", np.float32)):
        runner = interpreter.get_signature_runner(name)
        assert [d["dtype"] for d in runner.get_input_details().values()] == [dtype]
        assert [d["dtype"] for d in runner.get_output_details().values()] == [np.float32]


FRACTIONS = {"float32": 1, "float16": 1 / 2, "dynamic_int8": 1 / 4, "int8": 1 / 4, "int16x8": 1 / 4}


@pytest.mark.parametrize("mode", MODES)
def test_two_signatures_hold_the_kernels_once(toy, files, mode):
    model = flatbuffer_utils.read_model(files[mode])
    kernels = {
        tensor.buffer: len(model.buffers[tensor.buffer].data)
        for graph in model.subgraphs
        for tensor in graph.tensors
        if len(tensor.shape) >= 2 and model.buffers[tensor.buffer].data is not None
        if len(model.buffers[tensor.buffer].data) > 8  # pairs of the noise's coefficients
    }
    counts = [int(np.prod(w.shape)) for w in toy.decoder.weights if "kernel" in w.path]
    expected = [4 * FRACTIONS[mode] * count for count in counts]
    if mode == "dynamic_int8":  # the converter leaves small kernels alone
        expected = [4 * count if count < 1024 else count for count in counts]
    counters = 4 * LATENT_DIM  # of the noise
    assert sorted(kernels.values()) == sorted([*expected, counters])
    assert files[mode].stat().st_size < sum(kernels.values()) + 40_000  # two graphs, one with noise


def test_batches_hold_rows_that_do_not_know_each_other(toy, files, run, tmp_path):
    [path] = to_tflite(toy, tmp_path, ["float32"], batch_sizes=[4], endpoints=["generate"])
    assert path.name == "float32_batch4.tflite"
    seeds = sampling.seeds(3, 8).numpy()
    batched = run(path, "generate", seed=seeds)["images"]
    np.testing.assert_allclose(batched, run(files["float32"], "generate", seed=seeds)["images"],
                               atol=1e-5)  # fmt: skip
    shuffled = run(path, "generate", seed=seeds[::-1].copy())["images"]
    np.testing.assert_allclose(shuffled[::-1], batched, atol=1e-6)


def test_several_outputs_and_shared_encoder(toy, run, tmp_path):
    [path] = to_tflite(toy, tmp_path, ["int8"], endpoints=["encode", "reconstruct"])
    for endpoint in ("encode", "reconstruct"):
        inputs, expected = _answers(toy, endpoint)
        answer = run(path, endpoint, **inputs)
        assert set(answer) == set(expected)
        for name, output in expected.items():
            assert _psnr(output, answer[name]) > 30


class Labelled(keras.Model):
    """Two noises, a label and an input that passes by: inputs on both sides of the seam."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(12)
        self.dense.build((None, 7))
        self.embedding = keras.layers.Embedding(3, 3, embeddings_initializer="orthogonal")
        self.embedding.build((None,))
        self.built = True

    def endpoints(self):
        def generate(label, seed, shift):
            z = sampling.normal(seed, (4,)) + shift
            h = tf.tanh(self.dense(tf.concat([z, self.embedding(label)], axis=1)))
            return {"x": h + 0.1 * sampling.uniform(seed, (12,), offset=4), "label": label}

        def examples(count, seed):
            seeds = sampling.seeds(seed, count).numpy()
            shift = np.linspace(-1, 1, count, dtype=np.float32)[:, None]
            return {"label": seeds[:, 1] % 3, "seed": seeds, "shift": shift}

        specs = {
            "label": tf.TensorSpec([None], tf.int32),
            "seed": tf.TensorSpec([None, 2], tf.int32),
            "shift": tf.TensorSpec([None, 1]),
        }
        return {"generate": Endpoint(generate, specs, examples)}


@pytest.mark.parametrize("mode", ["float32", "int8"])  # an integer that passes by has no range
def test_inputs_on_both_sides_of_the_noise(run, tmp_path, mode):
    model = Labelled()
    [path] = to_tflite(model, tmp_path, [mode], endpoints="generate")
    inputs, expected = _answers(model, "generate")
    answer = run(path, "generate", **inputs)
    np.testing.assert_array_equal(answer["label"], inputs["label"])
    assert _psnr(expected["x"], answer["x"]) > (110 if mode == "float32" else 35)


class Looped(keras.Model):
    """A while loop whose body is a subgraph of its own."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(3, activation="tanh")
        self.dense.build((None, 3))
        self.built = True

    def endpoints(self):
        def repeat(z, times):
            def body(i, h):
                return i + 1, tf.ensure_shape(self.dense(h), h.shape)

            return {"h": tf.while_loop(lambda i, _: i < times, body, (0, z))[1]}

        def endpoint(times):
            def function(z):
                return repeat(z, times)

            return Endpoint(function, {"z": tf.TensorSpec([None, 3])}, _latents)

        return {"twice": endpoint(2), "often": endpoint(9)}


def _latents(count, seed):
    return {"z": sampling.normal(sampling.seeds(seed, count), (3,)).numpy()}


def test_each_endpoint_keeps_its_own_loop(run, tmp_path):
    model = Looped()
    [path] = to_tflite(model, tmp_path, ["float32"], endpoints=["twice", "often"])
    for endpoint in ("twice", "often"):
        inputs, expected = _answers(model, endpoint)
        np.testing.assert_allclose(run(path, endpoint, **inputs)["h"], expected["h"], atol=1e-6)


@pytest.mark.parametrize("mode", ["int8", "int16x8"])
def test_a_loop_is_refused_where_the_calibrator_would_end_the_process(tmp_path, mode):
    with pytest.raises(ValueError, match=f"'often' has a loop, .* for {mode}") as caught:
        to_tflite(Looped(), tmp_path, [mode], endpoints=["often"])
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


class Noisy(keras.Model):
    """Draws its noise in a function of its own, or in a loop."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(8, activation="tanh")
        self.dense.build((None, 8))
        self.built = True

    def endpoints(self):
        @tf.function
        def inner(seed):
            return self.dense(sampling.normal(seed, (8,)))

        def looped(seed):
            def body(i, h):
                return i + 1, tf.ensure_shape(h + sampling.normal(seed, (8,), 8 * i), h.shape)

            start = (0, tf.zeros([seed.shape[0], 8]))
            return {"h": self.dense(tf.while_loop(lambda i, _: i < 3, body, start)[1])}

        def seeds(count, seed):
            return {"seed": sampling.seeds(seed, count).numpy()}

        spec = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        return {
            "nested": Endpoint(lambda seed: {"h": inner(seed)}, spec, seeds),
            "looped": Endpoint(looped, spec, seeds),
        }


@pytest.mark.parametrize("mode", ["float32", "float16", "int8", "int16x8"])
def test_noise_in_a_function_of_its_own_is_found(run, tmp_path, mode):
    model = Noisy()
    [path] = to_tflite(model, tmp_path, [mode], endpoints="nested")
    inputs, expected = _answers(model, "nested")
    psnr = _psnr(expected["h"], run(path, "nested", **inputs)["h"])
    assert psnr > PSNR_FLOORS[mode] - 5
    assert not tf.config.functions_run_eagerly()


def test_noise_in_a_loop_is_right_or_refused(run, tmp_path):
    model = Noisy()
    for path in to_tflite(model, tmp_path, ["float32", "dynamic_int8"], endpoints="looped"):
        inputs, expected = _answers(model, "looped")
        assert _psnr(expected["h"], run(path, "looped", **inputs)["h"]) > 40
    for mode in ("float16", "int8", "int16x8"):
        with pytest.raises(ValueError, match="'looped' draws noise in a loop") as caught:
            to_tflite(model, tmp_path / "no", [mode], endpoints="looped")
        assert "\n" not in str(caught.value)


def test_calibration_sets_the_ranges(toy, run, tmp_path):
    narrow = {"decode": {"z": np.full((20, 6), 1e-3)}}
    [path] = to_tflite(toy, tmp_path, ["int8"], endpoints="decode", calibration=narrow)
    inputs, expected = _answers(toy, "decode")
    assert _psnr(expected["images"], run(path, "decode", **inputs)["images"]) < 25


def test_mixed_precision_exports_float32(twins, run, tmp_path):
    mixed, full = twins("mixed_bfloat16")
    assert mixed.decoder.layers[1].compute_dtype == "bfloat16"
    [path] = to_tflite(mixed, tmp_path, ["float32"], endpoints="generate")
    inputs, expected = _answers(full, "generate")
    answer = run(path, "generate", **inputs)["images"]
    np.testing.assert_allclose(answer, expected["images"], atol=1e-5)


def _existing(directory):
    for mode in ("float32", "float16"):
        (directory / f"{mode}.tflite").write_bytes(b"old " + mode.encode())
    return {path.name: path.read_bytes() for path in directory.iterdir()}


@pytest.mark.parametrize("failing", ["joined", "_convert"])
def test_an_interrupted_export_leaves_the_old_files_whole(toy, tmp_path, monkeypatch, failing):
    before = _existing(tmp_path)
    real, calls = getattr(conversion, failing), []

    def interrupted(*arguments):
        calls.append(arguments)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(conversion, failing, interrupted)
    with pytest.raises(KeyboardInterrupt):
        to_tflite(toy, tmp_path, ["float32", "float16"], endpoints="decode")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_full_disk_leaves_the_old_files_whole(toy, tmp_path, monkeypatch):
    before = _existing(tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        to_tflite(toy, tmp_path, ["float32"], endpoints="decode")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_second_signature_costs_next_to_nothing(toy, files, tmp_path):
    [path] = to_tflite(toy, tmp_path, ["int8"], endpoints="generate")
    assert files["int8"].stat().st_size < path.stat().st_size + 1500


def test_noise_costs_little(toy, tmp_path):
    sizes = {
        name: to_tflite(toy, tmp_path / name, ["int8"], endpoints=name)[0].stat().st_size
        for name in ("generate", "decode")
    }
    assert sizes["generate"] - sizes["decode"] < 9000


def _with_tanh(toy):
    """The same pictures from -1 to 1: tanh(x / 2) = 2 sigmoid(x) - 1."""
    last = toy.decoder.layers[-1]
    last.activation = keras.activations.tanh
    last.kernel.assign(last.kernel / 2)
    last.bias.assign(last.bias / 2)
    return toy


@pytest.mark.parametrize("value_range", [(0.0, 1.0), (-1.0, 1.0)])
def test_int8_answers_pixels(make_toy, run, tmp_path, value_range):
    model = make_toy() if value_range[0] == 0 else _with_tanh(make_toy())
    names, (low, high) = ["generate", "decode"], value_range
    [path] = to_tflite(model, tmp_path, ["int8"], endpoints=names, pixels=value_range)
    if value_range == (0.0, 1.0):  # which is what the endpoints say
        [told] = to_tflite(model, tmp_path / "told", ["int8"], endpoints=names, pixels=True)
        assert told.read_bytes() == path.read_bytes()
    [plain] = to_tflite(model, tmp_path / "float", ["int8"], endpoints=names)
    for endpoint in names:
        inputs, expected = _answers(model, endpoint)
        pixels, floats = (run(file, endpoint, **inputs)["images"] for file in (path, plain))
        assert (pixels.dtype, floats.dtype) == (np.uint8, np.float32)
        assert np.abs(pixels - 255 * (floats - low) / (high - low)).max() <= 2
        assert _psnr(255 * (expected["images"] - low) / (high - low), pixels) > PSNR_FLOORS["int8"]
    # The report sees pixels in the range of the network.
    for one, other in zip(
        *(verify(model, [f], seconds=0).rows for f in (path, plain)), strict=True
    ):
        assert one.psnr == pytest.approx(other.psnr, abs=1.0)


def test_other_modes_keep_floats(toy, tmp_path, run):
    [path] = to_tflite(toy, tmp_path, ["dynamic_int8"], endpoints="decode", pixels=(0, 1))
    assert run(path, "decode", **_answers(toy, "decode")[0])["images"].dtype == np.float32


def test_pixels_need_an_int8_network(tmp_path):
    model = Custom(lambda z: {"images": tf.cast(z > 0, tf.float32)}, {"images": kinds.Image()})
    with pytest.raises(ValueError, match="'images' does not come from an int8 network") as caught:
        to_tflite(model, tmp_path, ["int8"], endpoints="odd", pixels=(0, 1))
    assert "\n" not in str(caught.value)


def test_the_converter_is_silent(toy, tmp_path, capfd):
    to_tflite(toy, tmp_path, ["float32"], endpoints="decode")
    assert capfd.readouterr() == ("", "")


class Custom(keras.Model):
    """A model with the endpoint that a test gives it."""

    def __init__(self, function, outputs=()):
        super().__init__()
        self.built = True
        self.function, self.outputs = function, dict(outputs)

    def endpoints(self):
        endpoint = Endpoint(self.function, {"z": tf.TensorSpec([None, 3])}, _latents, self.outputs)
        fine = Endpoint(lambda z: {"y": 2.0 * z}, {"z": tf.TensorSpec([None, 3])}, _latents)
        return {"fine": fine, "odd": endpoint}


def test_an_operation_that_tflite_lacks_is_named_with_its_endpoint(tmp_path):
    model = Custom(lambda z: {"y": tf.math.erfinv(z / 10)})
    with pytest.raises(
        ValueError, match=r"^Endpoint 'odd' uses Erfinv \(test_to_tflite.py, line \d+\), .*\.$"
    ) as caught:
        to_tflite(model, tmp_path, ["float32"], endpoints=["fine", "odd"])
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("mode", ["float32", "int8", "int16x8"])
def test_what_integers_look_up_is_not_quantized(run, tmp_path, mode):
    """The converter's own quantized ONE_HOT answers wrong numbers."""

    def function(z):
        return {"y": tf.tanh(z + tf.one_hot(tf.argmax(z, axis=1), 3))}

    model = Custom(function)
    [path] = to_tflite(model, tmp_path, [mode], endpoints="odd")
    inputs, expected = _answers(model, "odd")
    assert _psnr(expected["y"], run(path, "odd", **inputs)["y"]) > 30


def test_a_quantized_one_hot_is_refused(tmp_path):
    """Here it cannot be cut off: what comes before it goes on beside it."""

    def function(z):
        h = tf.matmul(z, tf.constant([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0], [2.0, 3.0, 1.0]]))
        return {"y": h + tf.one_hot(tf.argmax(h, axis=1), 3)}

    with pytest.raises(ValueError, match="int8.tflite has a quantized ONE_HOT.*Embedding"):
        to_tflite(Custom(function), tmp_path, ["int8"], endpoints="odd")
    assert to_tflite(Custom(function), tmp_path, ["float32"], endpoints="odd")


def test_an_answer_of_nan_is_refused(tmp_path):
    model = Custom(lambda z: {"y": tf.math.log(-1.0 - z * z)})
    with pytest.raises(ValueError, match="float32.tflite, signature 'odd' answers NaN in 'y'"):
        to_tflite(model, tmp_path, ["float32"], endpoints="odd")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"modes": ["int_8"]}, "modes received 'int_8'.*Did you mean 'int8'"),
        ({"modes": []}, "modes=\\(\\) names nothing"),
        ({"endpoints": ["sing"]}, "endpoints received 'sing'.*generate, decode, encode"),
        ({"batch_sizes": [1, 0]}, "batch_sizes=\\(1, 0\\)"),
        ({"batch_sizes": [2.0]}, "batch_sizes=\\(2.0,\\)"),
        ({"batch_sizes": []}, "batch_sizes=\\(\\)"),
        ({"pixels": (1, 0)}, "pixels=\\(1, 0\\).*black < white"),
        ({"pixels": "uint8"}, "pixels='uint8'.*black < white"),
        ({"pixels": (0, np.nan)}, "pixels=.*black < white"),
        ({"pixels": True, "endpoints": "encode"}, "none of which gives images"),
        ({"calibration": {"encode": {}}}, "calibration received 'encode'.*generate, decode"),
        ({"calibration": {"decode": {"x": np.ones((9, 6))}}}, "inputs \\['x'\\].*\\['z'\\]"),
        ({"calibration": {"decode": {"z": np.ones((9, 5))}}}, "shape \\(9, 5\\).*\\[count, 6\\]"),
        ({"calibration": {"decode": {"z": np.ones(6)}}}, "shape \\(6,\\).*\\[count, 6\\]"),
        ({"calibration": {"decode": {"z": np.ones((0, 6))}}}, "at least 1"),
        ({"calibration": {"generate": {"seed": np.ones((9, 2))}}}, "float64.*int32"),
    ],
)
def test_bad_arguments_are_refused_before_any_work(toy, tmp_path, arguments, message, monkeypatch):
    monkeypatch.setattr(conversion, "_saved", lambda *_: pytest.fail("work began"))
    with pytest.raises(ValueError, match=message) as caught:
        to_tflite(toy, tmp_path, **arguments)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_bad_models_are_refused(tmp_path, make_toy):
    with pytest.raises(ValueError, match="Sequential without endpoints"):
        to_tflite(keras.Sequential([keras.layers.Dense(1)]), tmp_path)
    unbuilt = make_toy()
    unbuilt.built = False
    with pytest.raises(ValueError, match="Toy that is not built"):
        to_tflite(unbuilt, tmp_path)


def test_an_untrained_model_is_warned_of(tmp_path):
    model = compiled(small_vae(latent_dim=6))
    with pytest.warns(UserWarning, match="a VAE that was never trained: its optimizer took no"):
        to_tflite(model, tmp_path, ["float32"], endpoints="decode")
    model.fit(np.zeros((32, 8, 8, 1), np.float32), verbose=0)
    to_tflite(model, tmp_path, ["float32"], endpoints="decode")  # warnings are errors here


def test_a_directory_that_cannot_be_made_is_refused(toy, tmp_path):
    (tmp_path / "file").write_text("here")
    with pytest.raises(ValueError, match="file.*cannot be created"):
        to_tflite(toy, tmp_path / "file" / "below")


def test_a_directory_that_cannot_be_written_is_refused(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(ValueError, match="not writable"):
        to_tflite(toy, tmp_path)
