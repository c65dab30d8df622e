import os
import resource
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf
from gans import points_gan
from tfgen.export import to_saved_model
from tfgen.export.serving import saved_model as module

from tfgen import sampling


def _model_and_served(model, path, endpoint, count=6):
    """The answers of the model and of the reloaded SavedModel to the same examples."""
    inputs = model.endpoints()[endpoint].examples(count, 1)
    loaded = tf.saved_model.load(str(path))
    served = loaded.signatures[endpoint](**{k: tf.constant(v) for k, v in inputs.items()})
    expected = model.endpoints()[endpoint](**inputs)
    return (
        {name: value.numpy() for name, value in outputs.items()} for outputs in (expected, served)
    )


@pytest.mark.parametrize("endpoint", ["generate", "decode", "encode", "reconstruct"])
def test_every_endpoint_answers_as_the_model_does(toy, saved_model, endpoint):
    expected, served = _model_and_served(toy, saved_model, endpoint)
    assert sorted(served) == sorted(expected)
    for name, output in expected.items():
        np.testing.assert_allclose(served[name], output, atol=1e-5)


def test_inputs_are_named_and_batches_are_of_any_size(saved_model):
    signatures = tf.saved_model.load(str(saved_model)).signatures
    _, inputs = signatures["generate"].structured_input_signature
    assert inputs == {"seed": tf.TensorSpec([None, 2], tf.int32, name="seed")}
    shapes = [signatures["generate"](seed=sampling.seeds(0, n))["images"].shape for n in (1, 7)]
    assert shapes == [(1, 16, 16, 1), (7, 16, 16, 1)]


def test_rows_do_not_know_each_other(saved_model):
    generate = tf.saved_model.load(str(saved_model)).signatures["generate"]
    seeds = sampling.seeds(5, 6)
    together = generate(seed=seeds)["images"].numpy()
    alone = np.concatenate([generate(seed=seeds[i : i + 1])["images"] for i in range(6)])
    np.testing.assert_allclose(alone, together, atol=1e-6)
    np.testing.assert_allclose(generate(seed=seeds[::-1])["images"][::-1], together, atol=1e-6)


def test_serving_default_is_generate(saved_model):
    signatures = tf.saved_model.load(str(saved_model)).signatures
    seeds = sampling.seeds(0, 2)
    np.testing.assert_array_equal(
        signatures["serving_default"](seed=seeds)["images"],
        signatures["generate"](seed=seeds)["images"],
    )


def test_the_weights_are_stored_once(toy, saved_model):
    stored = sum(path.stat().st_size for path in (saved_model / "variables").iterdir())
    assert stored < 1.1 * sum(weight.numpy().nbytes for weight in toy.weights)


def test_weights_that_no_endpoint_uses_are_left_out(toy, tmp_path, monkeypatch):
    decode = {"decode": toy.endpoints()["decode"]}
    monkeypatch.setattr(toy, "endpoints", lambda: decode)
    path = to_saved_model(toy, tmp_path)
    stored = sum(path.stat().st_size for path in (path / "variables").iterdir())
    assert stored < 1.1 * sum(weight.numpy().nbytes for weight in toy.decoder.weights)


def test_versions_count_up_and_are_never_overwritten(toy, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "_write", lambda model, path, name: (path / "a").write_text("b"))
    assert to_saved_model(toy, tmp_path) == tmp_path / "1"
    assert to_saved_model(toy, tmp_path, version=7).name == "7"
    assert to_saved_model(toy, tmp_path).name == "8"
    (tmp_path / "7" / "mine").write_text("here")
    with pytest.raises(ValueError, match="version=7: .*7 exists.*version 9"):
        to_saved_model(toy, tmp_path, version=7)
    assert (tmp_path / "7" / "mine").read_text() == "here"


@pytest.mark.parametrize("version", [0, -1, 1.0, "1", True])
def test_a_version_that_is_no_positive_integer_is_refused(toy, tmp_path, version):
    with pytest.raises(ValueError, match="expected a positive int"):
        to_saved_model(toy, tmp_path, version=version)
    assert not list(tmp_path.iterdir())


def test_an_interrupted_export_leaves_nothing_that_could_be_served(toy, tmp_path, monkeypatch):
    to_saved_model(toy, tmp_path)
    before = sorted(tmp_path.rglob("*"))
    seen = []

    def interrupted(_, path, *__, **___):
        seen.extend(p.name for p in tmp_path.iterdir())
        (Path(path) / "saved_model.pb").write_text("half of it")
        raise KeyboardInterrupt

    monkeypatch.setattr(tf.saved_model, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        to_saved_model(toy, tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert [name for name in seen if name.isdecimal()] == ["1"]


def test_mixed_precision_is_served_in_float32(twins, tmp_path):
    mixed, full = twins("mixed_float16")
    path = to_saved_model(mixed, tmp_path)
    expected, served = _model_and_served(full, path, "decode")
    np.testing.assert_allclose(served["images"], expected["images"], atol=1e-5)


def test_the_export_is_silent(toy, tmp_path, capfd):
    to_saved_model(toy, tmp_path)
    assert capfd.readouterr() == ("", "")


def test_bad_models_are_refused(tmp_path, make_toy):
    with pytest.raises(ValueError, match="Sequential without endpoints"):
        to_saved_model(keras.Sequential(), tmp_path)
    unbuilt = make_toy()
    unbuilt.built = False
    with pytest.raises(ValueError, match="Toy that is not built"):
        to_saved_model(unbuilt, tmp_path)


def test_an_unwritable_place_is_refused(toy, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match="file.*cannot be created"):
        to_saved_model(toy, tmp_path / "file" / "below")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may write anywhere
    with pytest.raises(ValueError, match="not writable"):
        to_saved_model(toy, tmp_path / "locked")


@pytest.mark.parametrize("room", [100, 20_000])  # the weights do not fit, or the graph does not
def test_a_full_disk_leaves_no_version(tmp_path, room):
    to_saved_model(points_gan(), tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        with pytest.raises(OSError, match="could not write .*/2: .*File too large") as caught:
            to_saved_model(points_gan(), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "\n" not in str(caught.value)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_failure_of_the_warm_up_leaves_no_version(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "write_warmup", full)
    with pytest.raises(OSError, match="No space left"):
        to_saved_model(points_gan(), tmp_path)
    assert list(tmp_path.iterdir()) == []
