"""SavedModels without Python: a program on TensorFlow's C library gives the same numbers."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")


@pytest.fixture(scope="session")  # linking a library of 1 GB takes seconds
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("c") / "run_saved_model"
    source = Path(__file__).with_name("run_saved_model.c")
    library = tf.sysconfig.get_lib()
    names = [f"-l:lib{name}.so.2" for name in ("tensorflow_cc", "tensorflow_framework")]
    flags = ["-Wall", "-Wextra", "-Werror", f"-I{tf.sysconfig.get_include()}", f"-L{library}"]
    command = ["gcc", *flags, source, "-o", path, *names, f"-Wl,-rpath,{library}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stderr
    return path


def run(program, path, calls, directory):
    """Run `{signature: inputs}` in one session; return `{signature: {output: array}}`."""
    graph = saved_model_pb2.SavedModel.FromString((path / "saved_model.pb").read_bytes())
    signatures = {name: graph.meta_graphs[0].signature_def[name] for name in calls}
    command, files = [program, path], {}
    for signature, inputs in calls.items():
        files[signature] = {
            name: directory / f"{signature}-{name}" for name in signatures[signature].outputs
        }
        command += ["--run"] if len(command) > 2 else []
        for name, array in inputs.items():
            (directory / f"{signature}-{name}-input").write_bytes(array.tobytes())
            tensor = signatures[signature].inputs[name].name
            shape = ",".join(map(str, array.shape))
            command += ["--in", tensor, array.dtype.name, shape]
            command += [directory / f"{signature}-{name}-input"]
        for name, file in files[signature].items():
            command += ["--out", signatures[signature].outputs[name].name, file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return {
        signature: {
            name: np.frombuffer(
                file.read_bytes(),
                tf.as_dtype(signatures[signature].outputs[name].dtype).as_numpy_dtype,
            )
            for name, file in outputs.items()
        }
        for signature, outputs in files.items()
    }


def test_every_signature_gives_the_same_numbers(program, family, tmp_path):
    model, path = family
    endpoints = model.endpoints()
    calls = {name: endpoint.examples(5, 3) for name, endpoint in endpoints.items()}
    answers = run(program, path, calls, tmp_path)
    signatures = tf.saved_model.load(str(path)).signatures
    for name, inputs in calls.items():
        inputs = {key: tf.constant(array) for key, array in inputs.items()}
        expected, served = endpoints[name](**inputs), signatures[name](**inputs)
        assert sorted(answers[name]) == sorted(expected)
        for output, array in answers[name].items():
            np.testing.assert_array_equal(array, served[output].numpy().ravel())
            np.testing.assert_allclose(array, expected[output].numpy().ravel(), atol=1e-5)
            assert np.ptp(array) > 0


def test_the_program_says_what_is_wrong(program, tmp_path):
    done = subprocess.run([program, tmp_path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Could not find SavedModel" in done.stderr
