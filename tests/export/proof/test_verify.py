import dataclasses
import json
import re

import keras
import numpy as np
import pytest
import tensorflow as tf
from tfgen.export import LIMITS, MODES, Limits, to_saved_model, to_tflite, verify
from tfgen.export.proof.limits import failures
from tfgen.export.proof.report import Change

from tfgen import Endpoint, sampling


@pytest.fixture(scope="module")
def report(toy, files, saved_model, tmp_path_factory):
    directory = tmp_path_factory.mktemp("report")
    result = verify(toy, files.values(), saved_model=saved_model, directory=directory, seconds=0.02)
    return result, directory


def _row(report, artefact, endpoint):
    [row] = [r for r in report.rows if (r.artefact, r.endpoint) == (artefact, endpoint)]
    return row


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("endpoint", ["generate", "decode"])
def test_error_and_psnr_are_those_of_the_files(toy, files, run, report, mode, endpoint):
    inputs = toy.endpoints()[endpoint].examples(16, 0)
    expected = toy.endpoints()[endpoint](**{k: tf.constant(v) for k, v in inputs.items()})["images"]
    difference = run(files[mode], endpoint, **inputs)["images"] - expected.numpy().astype(
        np.float64
    )
    row = _row(report[0], f"{mode}.tflite", endpoint)
    assert row.error == pytest.approx(np.abs(difference).max())
    peak = np.ptp(expected.numpy())
    assert row.psnr == pytest.approx(20 * np.log10(peak / np.sqrt(np.mean(difference**2))))
    assert row.bytes == files[mode].stat().st_size
    assert row.ratio == row.bytes / files["float32"].stat().st_size
    assert sorted(row.milliseconds) == [1, 2]
    assert all(0 < time < 1000 for time in row.milliseconds.values())


def test_the_saved_model_is_compared_in_all_endpoints(saved_model, report):
    for endpoint in ("generate", "decode", "encode", "reconstruct"):
        row = _row(report[0], "saved_model", endpoint)
        assert row.psnr > 110
        assert row.ratio is None
        assert (
            row.bytes > (saved_model / "variables" / "variables.data-00000-of-00001").stat().st_size
        )


def test_the_files_say_the_same(report):
    result, directory = report
    assert sorted(path.name for path in directory.iterdir()) == ["report.json", "report.md"]
    content = json.loads((directory / "report.json").read_text())
    row = {**dataclasses.asdict(result.rows[0])}
    row["milliseconds"] = {str(key): value for key, value in row["milliseconds"].items()}
    row["failures"] = list(row["failures"])
    assert content["rows"][0] == row
    assert len(content["rows"]) == len(result.rows) == 5 * 2 + 4
    page = (directory / "report.md").read_text()
    assert page == result.markdown()
    for cells in result.cells:
        assert len(cells) == len(result.columns)
        assert f"| {' | '.join(cells)} |" in page


def test_another_model_is_worse(make_toy, files):
    other = make_toy()
    other.decoder.layers[1].kernel.assign(-other.decoder.layers[1].kernel)
    report = verify(other, [files["float32"]], seconds=0)
    assert all(row.psnr < 20 for row in report.rows)


def test_batches_are_filled_and_cut(toy, tmp_path):
    path = to_tflite(toy, tmp_path, ["float32"], batch_sizes=5, endpoints="decode")
    [row] = verify(toy, path, count=7, seconds=0).rows
    assert row.psnr > 110


def test_bad_arguments_are_refused(toy, files):
    with pytest.raises(ValueError, match="count=0"):
        verify(toy, [files["float32"]], count=0)


@pytest.mark.parametrize("artefact", ["float32.tflite", "saved_model"])
def test_signatures_of_another_model_are_refused(toy, files, saved_model, artefact):
    less = _without(toy, "generate", "decode")
    given = (
        {"saved_model": saved_model} if artefact == "saved_model" else {"files": [files["float32"]]}
    )
    with pytest.raises(ValueError, match="with the signatures generate, decode: expected some of "
                       "encode, reconstruct. ") as caught:  # fmt: skip
        verify(less, **given)
    assert "\n" not in str(caught.value)


def test_a_saved_model_without_named_signatures_is_refused(toy, tmp_path):
    module = tf.Module()
    module.double = tf.function(lambda x: 2 * x, input_signature=[tf.TensorSpec([None])])
    tf.saved_model.save(module, str(tmp_path), signatures=module.double)
    with pytest.raises(ValueError, match="with no named signatures: expected some of generate, "):
        verify(toy, saved_model=tmp_path)


def _without(toy, *names):
    class Less(type(toy)):
        def endpoints(self):
            return {k: v for k, v in super().endpoints().items() if k not in names}

    return Less()


def test_mixed_precision_is_measured_against_float32(twins, tmp_path):
    mixed, _ = twins("mixed_bfloat16")
    files = to_tflite(mixed, tmp_path, ["float32"], endpoints="decode")
    path = to_saved_model(mixed, tmp_path / "saved")
    rows = verify(mixed, files, saved_model=path, seconds=0).rows
    assert len(rows) == 5
    assert all(row.psnr > 110 for row in rows)  # with bfloat16 as the measure, about 50


def _brightness(images):
    return {"brightness": images.mean()}


def test_quality_is_that_of_the_same_images(toy, files, run, saved_model):
    report = verify(toy, [files["int8"]], saved_model=saved_model, seconds=0, seed=3,
                    quality=_brightness, quality_count=150)  # fmt: skip
    inputs = toy.endpoints()["generate"].examples(150, 3)
    keras = toy.endpoints()["generate"](seed=tf.constant(inputs["seed"]))["images"].numpy()
    change = _row(report, "int8.tflite", "generate").quality["brightness"]
    assert change.keras == pytest.approx(keras.mean())
    artefact = run(files["int8"], "generate", **inputs)["images"].mean()
    assert change.artefact == pytest.approx(artefact)
    assert change.relative == pytest.approx(artefact / keras.mean() - 1, rel=1e-3)
    assert _row(report, "saved_model", "generate").quality["brightness"].relative < 1e-6
    assert _row(report, "int8.tflite", "decode").quality == {}
    assert f"150 examples of the same seeds from each artefact; those of the Keras model have brightness {change.keras:.4g}" in report.markdown()  # fmt: skip  # noqa: E501
    assert report.columns[-2:] == ("brightness", "verdict")


def test_limits_decide(toy, files):
    def verdicts(**limits):
        report = verify(toy, [files["int8"]], seconds=0, quality=_brightness, quality_count=20,
                        limits={"int8": Limits(**limits)} if limits else None)  # fmt: skip
        assert all(row.verdict in report.markdown() for row in report.rows)
        return {row.endpoint: row.verdict for row in report.rows}

    assert verdicts() == {"generate": "pass", "decode": "pass"}
    assert verdicts(psnr=10.0)["decode"] == "pass"
    missed = verdicts(psnr=90.0, change=0.0)
    assert re.fullmatch(r"fail: \d+\.\d dB < 90", missed["decode"])
    assert re.fullmatch(r"fail: \d+\.\d dB < 90; brightness [+-]\d\.\d% > 0%", missed["generate"])


def test_a_number_that_is_not_one_fails():
    assert failures(LIMITS["int8"], None, None, {"fid": Change(1.0, float("nan"))})


class Tokens(keras.Model):
    """Answers integers, and some that a rounding changes."""

    def __init__(self):
        super().__init__()
        self.dense = keras.layers.Dense(64, kernel_initializer="random_normal")
        self.dense.build((None, 64))
        self.built = True

    def endpoints(self):
        def tokens(z):
            logits = tf.reshape(self.dense(z), [-1, 16, 4])
            return {"indices": tf.argmax(logits, axis=-1, output_type=tf.int32)}

        def latents(count, seed):
            return {"z": sampling.normal(sampling.seeds(seed, count), (64,)).numpy()}

        return {"tokens": Endpoint(tokens, {"z": tf.TensorSpec([None, 64])}, latents)}


def test_integers_are_compared_by_their_agreement(tmp_path, run):
    model = Tokens()
    files = to_tflite(model, tmp_path, ["float32", "dynamic_int8"], endpoints="tokens")
    report = verify(model, files, seconds=0, count=64)
    inputs = model.endpoints()["tokens"].examples(64, 0)
    expected = model.endpoints()["tokens"](z=tf.constant(inputs["z"]))["indices"].numpy()
    equal = np.mean(run(files[1], "tokens", **inputs)["indices"] == expected)
    assert report.rows[0].agreement == 1.0
    assert report.rows[1].agreement == equal and 0.9 < equal < 1
    assert report.rows[1].psnr is None and report.rows[1].error is None
    assert "PSNR dB" not in report.columns and "equal" in report.columns
    [row] = verify(model, files[1:], seconds=0, limits={"dynamic_int8": Limits(agreement=1)}).rows
    assert re.fullmatch(r"fail: \d\d\.\d% equal < 100%", row.verdict)


def test_progress_is_told(toy, tmp_path):
    lines = []
    files = to_tflite(toy, tmp_path, ["float32"], endpoints="decode", progress=lines.append)
    verify(toy, files, seconds=0, progress=lines.append)
    assert lines == ["Converting to float32.tflite", "Verifying float32.tflite"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"quality_count": 0}, "quality_count=0: expected at least 1"),
        ({"limits": {"int9": Limits()}}, "limits received 'int9'.*Did you mean 'int8'"),
        ({"limits": {"int8": 40}}, "limits\\['int8'\\] received 40: expected tfgen.export.Limits"),
    ],
)
def test_bad_arguments_of_quality_are_refused(toy, arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        verify(toy, **arguments)
    assert "\n" not in str(caught.value)


def test_quality_without_generate_is_refused(toy):
    with pytest.raises(ValueError, match="the endpoints decode, .*expected a generate"):
        verify(_without(toy, "generate"), quality=_brightness)
