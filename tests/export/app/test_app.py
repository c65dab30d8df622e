"""The app folder, used as somebody would who has it and nothing else."""

import json
import string

import numpy as np
import pytest
import tensorflow as tf
from apps import run_app
from gans import images_gan, points_gan
from tfgen.export import Inspection, to_app, to_tflite
from tfgen.export.app import folder as module
from tfgen.export.tflite.file.inspect import Signature, Tensor

from tfgen import Endpoint, kinds, sampling


@pytest.fixture(scope="module")
def folder(files, tmp_path_factory):
    return to_app([files["int8"], files["float32"]], tmp_path_factory.mktemp("apps") / "app")


def test_the_folder_is_whole(folder, files):
    names = {path.name for path in folder.iterdir()}
    assert names == {"int8.tflite", "float32.tflite", "run.py", "app.json", "README.md",
                     "Generator.kt", "Generator.swift"}  # fmt: skip
    assert (folder / "int8.tflite").read_bytes() == files["int8"].read_bytes()
    app = json.loads((folder / "app.json").read_text())
    assert list(app["files"]) == ["int8.tflite", "float32.tflite"]
    readme = (folder / "README.md").read_text()
    assert "| int8.tflite |" in readme and "seed int32 [1, 2]" in readme
    for name in ("README.md", "Generator.kt", "Generator.swift"):
        assert "$" not in (folder / name).read_text().replace("$0", "")
        assert "not compiled" in (folder / name).read_text()


def test_the_runner_draws_keras_pictures_without_keras(folder, toy, tmp_path):
    from PIL import Image

    done = run_app(folder, "--seed", 5, "--count", 3, "--file", "float32.tflite", "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    expected = toy.endpoints()["generate"](seed=sampling.seeds(5, 3))["images"].numpy()
    np.testing.assert_allclose(np.load(tmp_path / "images.npy"), expected, atol=1e-5)
    picture = np.asarray(Image.open(tmp_path / "image2.png"))
    assert np.abs(picture - 255 * expected[2, :, :, 0]).max() <= 0.51


def test_the_runner_refuses_in_one_line(folder):
    for arguments in (["--file", "other.tflite"], ["--count", "0"]):
        done = run_app(folder, *arguments)
        assert done.returncode == 1 and len(done.stderr.strip().splitlines()) == 1


def test_bad_files_are_refused(toy, files, tmp_path):
    with pytest.raises(ValueError, match="received no files"):
        to_app([], tmp_path)
    [path] = to_tflite(toy, tmp_path / "decode", ["float32"], endpoints="decode")
    with pytest.raises(ValueError, match="signatures decode: expected 'generate'"):
        to_app([path], tmp_path / "app")
    assert not (tmp_path / "app").exists()


@pytest.mark.parametrize("dtype", ["float32", "uint8"])
def test_call_sites_pass_labels_and_read_pixels(dtype):
    inputs = {"seed": Tensor((2, 2), "int32"), "label": Tensor((2,), "int32")}
    outputs = {"images": Tensor((2, 8, 8, 1), dtype)}
    generate = {
        "inputs": {"seed": {"dtype": "int32"}, "truncation": {"dtype": "float32", "default": 1e3},
                   "label": {"dtype": "int32"}},
        "outputs": {"images": {"kind": "image", "value_range": [-1, 1]}}, "shown": "images",
    }  # fmt: skip
    told = {"model": "GAN", "recipe": None, "licence": None, "seed": "...",
            "endpoints": {"generate": generate}}  # fmt: skip
    signatures = {"generate": Signature(inputs, outputs)}
    found = [Inspection("a.tflite", 9, signatures, {}, [], told)]
    fields = {**module._about(found), **module._fields(found)}

    def written(name):
        return string.Template(module._template(name)).substitute(fields)

    kotlin, swift = written("Generator.kt"), written("Generator.swift")
    assert "row: Int, truncation: Float = 1000f, label: Int): " in kotlin
    assert "IntArray(2) { label }" in kotlin and "FloatArray(2) { truncation }" in kotlin
    assert "row: Int32, truncation: Float32 = 1000, label: Int32)" in swift
    assert "repeating: label, count: 2" in swift and 'truncation, count: 2), "trunc' in swift
    wanted = ("ByteBuffer.allocate(128)", "[UInt8]", "0 (black) to 255 (white)")
    if dtype == "float32":
        wanted = ("FloatBuffer.allocate(128)", "[Float32]", "-1 (black) to 1 (white)")
    assert wanted[0] in kotlin and wanted[1] in swift and wanted[2] in written("README.md")


def test_points_become_a_table_and_defaults_are_filled_in(tmp_path):
    gan = points_gan()
    files = to_tflite(gan, tmp_path / "files", ["float32"], endpoints="generate")
    folder = to_app(files, tmp_path / "app")
    for truncation in (None, 0.5):
        out = tmp_path / str(truncation)
        given = () if truncation is None else ("--truncation", truncation)
        done = run_app(folder, "--seed", 5, "--count", 7, "--out", out, *given)
        assert done.returncode == 0, done.stderr
        expected = gan.sample(7, seed=5, truncation=truncation).numpy()
        np.testing.assert_allclose(np.load(out / "points.npy"), expected, atol=1e-5)
        table = np.loadtxt(out / "points.csv", delimiter=",")
        np.testing.assert_allclose(table, expected, atol=1e-5)


def test_labels_and_truncation_go_together(tmp_path):
    gan = images_gan(num_classes=3)
    files = to_tflite(gan, tmp_path / "files", ["float32"], endpoints="generate")
    folder = to_app(files, tmp_path / "app")
    done = run_app(folder, "--label", 2, "--truncation", 0.3, "--count", 2, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    expected = gan.sample(2, labels=[2, 2], truncation=0.3)
    np.testing.assert_allclose(np.load(tmp_path / "images.npy"), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("kind", "inputs", "message"),
    [
        (kinds.Text(), {}, "draws texts: its runner can write images and points, and texts by the"),
        (kinds.Image(), {"shift": tf.TensorSpec([None])}, "takes shift: expected seed, label"),
    ],
)
def test_what_the_runner_cannot_do_is_refused(make_toy, tmp_path, kind, inputs, message):
    class Odd(type(make_toy())):
        def endpoints(self):
            generate = super().endpoints()["generate"]

            def odd(seed, **_):
                return {kind.plural: generate(seed=seed)["images"]}

            def examples(count, seed):
                extra = {name: np.ones(count, np.float32) for name in inputs}
                return {**generate.examples(count, seed), **extra}

            given = {**generate.inputs, **inputs}
            return {"generate": Endpoint(odd, given, examples, {kind.plural: kind})}

    [path] = to_tflite(Odd(), tmp_path, ["float32"], endpoints="generate")
    with pytest.raises(ValueError, match=message) as caught:
        to_app([path], tmp_path / "app")
    assert "\n" not in str(caught.value) and not (tmp_path / "app").exists()
