import dataclasses
import json

import numpy as np
import pytest
import tensorflow as tf
from tfgen.export import MODES, to_saved_model, to_tflite, verify


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
