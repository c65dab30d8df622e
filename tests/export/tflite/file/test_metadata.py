"""What a file says of itself."""

import numpy as np
import pytest
from ai_edge_litert.tools import flatbuffer_utils
from gans import images_gan, points_gan
from tfgen.export import MODES, inspect, to_tflite
from tfgen.export.tflite.file.metadata import with_metadata


@pytest.mark.parametrize("mode", MODES)
def test_every_file_says_what_it_is(toy, files, mode):
    told = inspect(files[mode]).metadata
    assert (told["model"], told["mode"], told["recipe"]) == ("Toy", mode, None)
    assert "[seed, row]" in told["seed"]
    assert told["endpoints"]["generate"]["inputs"]["seed"] == {
        "dtype": "int32",
        "shape": ["batch", 2],
    }
    z = toy.endpoints()["decode"].examples(100, 0)["z"]
    expected = {"dtype": "float32", "shape": ["batch", 6], "range": [z.min(), z.max()]}
    decode = told["endpoints"]["decode"]
    assert decode["inputs"]["z"] == expected
    images = {"kind": "image", "value_range": [0.0, 1.0]}
    assert decode["outputs"] == {"images": images}
    assert decode["shown"] == "images"


def test_the_caller_adds_what_only_they_know(toy, tmp_path):
    about = {"recipe": "mine", "licence": "CC-BY-4.0", "trained": [2026, 1.5]}
    [path] = to_tflite(toy, tmp_path, ["float32"], endpoints="encode", about=about)
    told = inspect(path).metadata
    assert {key: told[key] for key in about} == about
    numbers = {"kind": "numbers"}
    assert told["endpoints"]["encode"]["outputs"] == {"mean": numbers, "scale": numbers}
    assert told["endpoints"]["encode"]["shown"] is None
    assert "seed" not in told


def test_metadata_change_no_answer(toy, files, run, tmp_path):
    path = tmp_path / "more.tflite"
    path.write_bytes(with_metadata(files["int8"].read_bytes(), {"more": 1}))
    inputs = toy.endpoints()["generate"].examples(4, 0)
    one, other = (run(file, "generate", **inputs)["images"] for file in (path, files["int8"]))
    np.testing.assert_array_equal(one, other)


def test_files_of_others_have_none(files, tmp_path):
    model = flatbuffer_utils.read_model(files["float32"])
    for entry in model.metadata:
        if entry.name == b"tfgen":
            model.buffers[entry.buffer].data = np.frombuffer(b"{half of", np.uint8)
    path = tmp_path / "other.tflite"
    path.write_bytes(bytes(flatbuffer_utils.convert_object_to_bytearray(model)))
    assert inspect(path).metadata is None


@pytest.mark.parametrize("about", [{"a": np.ones(2)}, {"a": object()}, 3])
def test_what_json_cannot_hold_is_refused(toy, tmp_path, about):
    with pytest.raises(ValueError, match="about=.*texts and numbers"):
        to_tflite(toy, tmp_path, about=about)


def test_kinds_and_defaults_are_told(tmp_path):
    for gan, kind in (
        (images_gan(num_classes=3), {"kind": "image", "value_range": [-1.0, 1.0]}),
        (points_gan(num_classes=3), {"kind": "points"}),
    ):
        [path] = to_tflite(gan, tmp_path, ["float32"], endpoints="generate")
        told = inspect(path).metadata["endpoints"]["generate"]
        assert told["outputs"] == {told["shown"]: kind}
        assert told["inputs"]["truncation"]["default"] == 1e3
        assert "default" not in told["inputs"]["label"]
        assert told["inputs"]["label"]["range"] == [0, 2]
