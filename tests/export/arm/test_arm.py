"""Exported files on emulated ARM processors: the same seed, the same numbers as on this machine.

Correctness, not speed. `prepare.sh` beside this file makes the folder that TFGEN_ARM names.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conformance import fitting
from conformance.table import ROWS as ROWS_OF_THE_TABLE
from tfgen.export import to_tflite

ANSWERS = Path(__file__).parent / "answers.py"
# Without and with the instructions for products of int8 vectors; with longer vectors (SVE).
PROCESSORS = ("cortex-a53", "cortex-a76", "neoverse-v1")
ROWS = 8
# Activations are rounded to int8 or int16, and may fall on the other side of a step.
LARGEST = {"float32": 1e-5, "float16": 1e-5, "dynamic_int8": 0.02, "int8": 0.008, "int16x8": 1e-4}


@pytest.fixture(scope="module")
def arm():
    """The folder that `prepare.sh` made."""
    folder = Path(os.environ.get("TFGEN_ARM", "nowhere"))
    if not (folder / "qemu/usr/bin/qemu-aarch64").is_file():
        pytest.skip("no emulator: run tests/export/arm/prepare.sh DIR and set TFGEN_ARM=DIR")
    return folder.resolve()


def _asking(endpoints, files, folder):
    """Function `command -> {file/endpoint/output: array}` that runs `answers.py` with it."""
    inputs = {
        f"{name}/{key}": array
        for name, endpoint in endpoints.items()
        for key, array in endpoint.examples(ROWS, 1).items()
    }
    np.savez(folder / "inputs.npz", **inputs)

    def ask(command):
        arguments = [ANSWERS, folder / "inputs.npz", folder / "answers.npz", *files]
        subprocess.run([*command, *map(str, arguments)], check=True, timeout=240)
        return dict(np.load(folder / "answers.npz"))

    return ask


@pytest.fixture(scope="module")
def ask(toy, files, tmp_path_factory):
    return _asking(toy.endpoints(), files.values(), tmp_path_factory.mktemp("arm"))


@pytest.fixture(scope="module")
def here(ask):
    return ask([sys.executable])


def _emulated(arm, processor):
    root, environment = arm / "root", {"PYTHONHOME": arm / "root/usr", "PYTHONPATH": arm / "site"}
    settings = [text for key, value in environment.items() for text in ("-E", f"{key}={value}")]
    emulator = [arm / "qemu/usr/bin/qemu-aarch64", "-L", root, "-cpu", processor, *settings]
    return [str(part) for part in (*emulator, root / "usr/bin/python3.13")]


def test_the_emulator_is_another_machine(arm):
    asked = [*_emulated(arm, PROCESSORS[0]), "-c", "import platform; print(platform.machine())"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "aarch64" != platform.machine()


@pytest.mark.parametrize("processor", PROCESSORS)
def test_the_same_seed_is_the_same_picture_on_arm(arm, ask, here, processor):
    there = ask(_emulated(arm, processor))
    assert sorted(there) == sorted(here) and len(here) == 2 * len(LARGEST)
    differences = {name: float(np.abs(there[name] - here[name]).max()) for name in here}
    for name, difference in differences.items():
        print(f"{processor} {name}: {difference:.1e}")
    too_large = {k: v for k, v in differences.items() if v > LARGEST[k.split("/")[0]]}
    assert too_large == {}


def _tokens(name, folder):
    """A token generator of the conformance table, and what asks its float32 file."""
    model = fitting.fitted(ROWS_OF_THE_TABLE[name])
    paths = to_tflite(model, folder, ["float32"], endpoints=("generate", "tokens"))
    return model, _asking(model.endpoints(), paths, folder)


@pytest.mark.parametrize("name", ["generator-causal", "generator-masked"])
def test_the_same_seed_is_the_same_row_of_tokens_as_in_keras(name, tmp_path):
    model, ask = _tokens(name, tmp_path)
    drawn = fitting.answers(model.endpoints()["tokens"], _examples(model))["indices"]
    np.testing.assert_array_equal(ask([sys.executable])["float32/tokens/indices"], drawn)


@pytest.mark.parametrize("name", ["generator-causal", "generator-masked"])
def test_the_same_seed_is_the_same_row_of_tokens_on_arm(arm, name, tmp_path):
    model, ask = _tokens(name, tmp_path)
    there = ask(_emulated(arm, PROCESSORS[1]))
    drawn = fitting.answers(model.endpoints()["tokens"], _examples(model))["indices"]
    np.testing.assert_array_equal(there["float32/tokens/indices"], drawn)
    shown = fitting.answers(model.endpoints()["generate"], _examples(model))["images"]
    np.testing.assert_allclose(there["float32/generate/images"], shown, atol=1e-5)


def _examples(model):
    return model.endpoints()["tokens"].examples(ROWS, 1)
