"""Exported files in a reader that is not TensorFlow's.

`prepare.sh` beside this file makes the folder that TFGEN_OPENVINO names.
"""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tfgen.export import MODES, to_tflite

ANSWERS = Path(__file__).parent / "answers.py"
LARGEST = {"float32": 1e-4, "float16": 2e-3, "dynamic_int8": 0.02, "int8": 0.1, "int16x8": 0.02}


@pytest.fixture(scope="module")
def python():
    """The interpreter of the folder that `prepare.sh` made."""
    path = Path(os.environ.get("TFGEN_OPENVINO", "nowhere")) / "bin" / "python"
    if not path.is_file():
        pytest.skip("no OpenVINO: run tests/export/openvino/prepare.sh DIR, set TFGEN_OPENVINO=DIR")
    return path.absolute()


@pytest.fixture(scope="module")
def answers(python, toy, tmp_path_factory):
    """Function `endpoint -> {file/output: array, or the reason}` of the files of all modes."""

    def answers(endpoint):
        folder = tmp_path_factory.mktemp("openvino")
        files = to_tflite(toy, folder, endpoints=endpoint)
        np.savez(folder / "inputs.npz", **toy.endpoints()[endpoint].examples(8, 1))
        command = [python, ANSWERS, folder / "inputs.npz", folder / "answers.npz", *files]
        subprocess.run(command, check=True, timeout=200)
        return dict(np.load(folder / "answers.npz"))

    return answers


def test_decode_draws_what_keras_draws(answers, toy):
    found = answers("decode")
    expected = toy.endpoints()["decode"](**toy.endpoints()["decode"].examples(8, 1))["images"]
    assert sorted(found) == sorted(f"{mode}/images" for mode in MODES)
    for mode, largest in LARGEST.items():
        np.testing.assert_allclose(found[f"{mode}/images"], expected, atol=largest)


def test_generate_is_refused_or_not_a_number_but_never_another_picture(answers, toy):
    """Its 32-bit integers do not wrap around as those of TensorFlow and LiteRT do."""
    expected = toy.endpoints()["generate"](**toy.endpoints()["generate"].examples(8, 1))["images"]
    for name, answer in answers("generate").items():
        if answer.dtype.kind == "U":
            assert "BITWISE_XOR" in str(answer)
        elif np.isfinite(answer).all():
            np.testing.assert_allclose(answer, expected, atol=LARGEST[name.split("/")[0]])
