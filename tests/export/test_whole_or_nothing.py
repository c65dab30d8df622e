"""Exports that are refused, interrupted or doubled leave all as it was."""

import json
import os
import signal

import keras
import numpy as np
import pytest
from tfgen.export import serving_kit, to_app, to_saved_model, to_tflite, to_web
from tfgen.export.serving import saved_model as saving
from tfgen.export.tflite import conversion

from tfgen import files as house_files


def _refusing_weights(model, place):
    yield lambda: to_tflite(model, place / "deep" / "tflite", ["float32"])
    yield lambda: to_saved_model(model, place / "deep" / "versions")
    yield lambda: to_web(model, place / "deep" / "web", runtime="https://a.b/@litertjs/core")


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_weights_that_are_no_numbers_are_named(make_toy, tmp_path, bad):
    model = make_toy()
    weight = model.decoder.weights[2]
    weight.assign(np.full(weight.shape, bad))
    for export in _refusing_weights(model, tmp_path):
        with pytest.raises(ValueError, match=f"weight '{weight.path}' has NaN or inf") as caught:
            export()
        assert "\n" not in str(caught.value)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_an_interrupt_leaves_not_even_folders(toy, tmp_path, monkeypatch, error):
    def interrupted(*_, **__):
        raise error

    monkeypatch.setattr(conversion, "_convert", interrupted)
    monkeypatch.setattr(saving, "write_warmup", interrupted)
    for export in _refusing_weights(toy, tmp_path):
        with pytest.raises(error):
            export()
    assert not list(tmp_path.iterdir())


def test_the_disk_may_fill_up_at_the_last_moment(files, saved_model, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        to_app(files.values(), tmp_path / "a" / "app")
    with pytest.raises(OSError, match="No space"):
        serving_kit(saved_model, tmp_path / "a" / "kit", "toy")
    assert not list(tmp_path.iterdir())


def test_ctrl_c_waits_until_all_files_are_in(tmp_path, monkeypatch):
    real, moved = os.replace, []

    def pressed(source, target):
        moved.append(target)
        os.kill(os.getpid(), signal.SIGINT)
        real(source, target)

    monkeypatch.setattr(os, "replace", pressed)
    targets = [tmp_path / name for name in "abc"]
    with pytest.raises(KeyboardInterrupt):
        house_files.write_files(dict.fromkeys(targets, b"new"))
    assert moved == targets and [path.read_bytes() for path in targets] == [b"new"] * 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_folder_in_the_place_of_a_file_is_refused(toy, tmp_path):
    (tmp_path / "float32.tflite").mkdir()
    (tmp_path / "float16.tflite").write_bytes(b"old")
    with pytest.raises(ValueError, match="float32.tflite, where a directory is"):
        to_tflite(toy, tmp_path, ["float16", "float32"], endpoints="decode")
    assert (tmp_path / "float16.tflite").read_bytes() == b"old"


def test_two_exports_of_one_version_are_one_clear_line(toy, tmp_path, monkeypatch):
    real = saving.write_warmup

    def another_export_comes_first(*arguments):
        real(*arguments)
        (tmp_path / "1").mkdir()
        (tmp_path / "1" / "saved_model.pb").write_bytes(b"theirs")

    monkeypatch.setattr(saving, "write_warmup", another_export_comes_first)
    with pytest.raises(FileExistsError, match="another export made that version") as caught:
        to_saved_model(toy, tmp_path)
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["1"]
    assert (tmp_path / "1" / "saved_model.pb").read_bytes() == b"theirs"


def test_names_that_are_no_text_are_refused_before_any_work(toy, tmp_path):
    for name in (5, "", b"digits"):
        with pytest.raises(ValueError, match="to_saved_model received name=.*expected a text"):
            to_saved_model(toy, tmp_path / "versions", name=name)
    assert not list(tmp_path.iterdir())


def test_the_mode_is_what_the_file_says(toy, files, tmp_path):
    from tfgen.export import verify

    renamed = tmp_path / "whatever.tflite"
    renamed.write_bytes(files["int16x8"].read_bytes())
    whole = tmp_path / "another.tflite"
    whole.write_bytes(files["float32"].read_bytes())
    rows = verify(toy, [renamed, whole], seconds=0, count=2).rows
    assert [row.mode for row in rows] == ["int16x8", "int16x8", "float32", "float32"]
    assert all(row.ratio and row.failures == () for row in rows)
    app = json.loads((to_app([renamed], tmp_path / "app") / "app.json").read_text())
    assert app["files"]["whatever.tflite"]["mode"] == "int16x8"


def test_activations_with_gradients_of_their_own_are_exported(make_toy, run, tmp_path):
    model = make_toy()
    for layer in model.decoder.layers:
        if isinstance(layer, keras.layers.Conv2D):
            layer.activation = keras.activations.silu
    for path in to_tflite(model, tmp_path, ["float32", "int8"], endpoints="decode"):
        inputs = model.endpoints()["decode"].examples(4, 0)
        expected = model.endpoints()["decode"](**inputs)["images"].numpy()
        drawn = run(path, "decode", **inputs)["images"]
        assert np.abs(drawn - expected).max() < 0.2 * np.ptp(expected)
