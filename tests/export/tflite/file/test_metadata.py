"""What a file says of itself."""

import numpy as np
import pytest
from ai_edge_litert.tools import flatbuffer_utils
from tfgen.export import MODES, inspect, to_tflite
from tfgen.export.tflite.file.metadata import with_metadata


@pytest.mark.parametrize("mode", MODES)
def test_every_file_says_what_it_is(toy, files, mode):
    told = inspect(files[mode]).metadata
    assert (told["model"], told["mode"], told["recipe"]) == ("Toy", mode, None)
    assert "[seed, row]" in told["seed"]
    assert told["endpoints"]["generate"]["seed"] == {"dtype": "int32", "shape": ["batch", 2]}
    z = toy.endpoints()["decode"].examples(100, 0)["z"]
    expected = {"dtype": "float32", "shape": ["batch", 6], "range": [z.min(), z.max()]}
    assert told["endpoints"]["decode"]["z"] == expected


def test_the_caller_adds_what_only_they_know(make_toy, tmp_path):
    class Ranged(type(make_toy())):
        value_range = (-1, 1)

    about = {"recipe": "mine", "licence": "CC-BY-4.0", "trained": [2026, 1.5]}
    [path] = to_tflite(Ranged(), tmp_path, ["float32"], endpoints="encode", about=about)
    told = inspect(path).metadata
    assert {key: told[key] for key in about} == about
    assert told["images_range"] == [-1.0, 1.0]
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
