"""The files beside a SavedModel that set up TF Serving and ask it for samples."""

import os
import re
import string
from importlib import resources
from pathlib import Path

from tensorflow.core.protobuf import saved_model_pb2
from tfgen.export.arguments import writable_directory

from tfgen.files import write_files

_SIGNATURE = "generate"


def serving_kit(saved_model, directory, name, *, value_range=(0.0, 1.0)):
    """Write what serves a SavedModel with TF Serving, and clients that write PNG files.

    The files are `models.config` (versions and labels), `batching_parameters.txt`,
    `monitoring_config.txt`, `compose.yaml` for the `tensorflow/serving` image, `rest_client.py` and
    `grpc_client.py` with `samples.py`, and a `README.md` of one page that says how to use them.
    Files of an earlier kit in the same place are replaced.

    Args:
        saved_model: path of a version, as `to_saved_model` returns it: `directory/<version>`.
        directory: where the files go; created if missing.
        name: by which clients call the model: letters, digits, `_`, `-` and `.`.
        value_range: black and white of the images, `(low, high)`.

    Returns:
        The `pathlib.Path` of `directory`.

    Raises:
        ValueError: `saved_model` is no version of a SavedModel or cannot `generate` from a seed,
            the name has other characters, or the directory is not writable.

    Example:
        >>> serving_kit("saved_model", "serving", "digits")
        Traceback (most recent call last):
        ValueError: serving_kit received saved_model='saved_model': expected a version of a ...
    """
    _check_name(name)
    version = _checked_version(Path(saved_model))
    low, high = (repr(float(value)) for value in value_range)
    values = {"name": name, "signature": _SIGNATURE, "output": _output(version), "low": low,
              "high": high, "version": version.name, "labels": _labels(version)}  # fmt: skip
    directory = writable_directory(directory)
    values["versions"] = os.path.relpath(version.parent.resolve(), directory.resolve())
    write_files({directory / file: text.encode() for file, text in _filled(values).items()})
    return directory


def _filled(values):
    """Return `{file name: text}`."""
    templates = resources.files("tfgen.export.serving") / "kit"
    return {
        file.name: string.Template(file.read_text(encoding="utf-8")).substitute(values)
        for file in templates.iterdir()
        if file.is_file()  # installers put a __pycache__ beside the clients
    }


def _check_name(name):
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
        raise ValueError(
            f"serving_kit received name={name!r}: expected letters, digits, '_', '-' and '.', as "
            "it becomes a part of addresses."
        )


def _checked_version(path):
    if not path.name.isdecimal() or not (path / "saved_model.pb").is_file():
        raise ValueError(
            f"serving_kit received saved_model={str(path)!r}: expected a version of a SavedModel, "
            "a directory whose name is an int. Pass what to_saved_model returned."
        )
    return path


def _output(version):
    """Return the name of what `generate` answers: its images, or the first of its outputs."""
    graph = saved_model_pb2.SavedModel.FromString((version / "saved_model.pb").read_bytes())
    signatures = graph.meta_graphs[0].signature_def
    signature = signatures.get(_SIGNATURE)
    if signature is None or "seed" not in signature.inputs:
        raise ValueError(
            f"serving_kit received {version} with the signatures {', '.join(sorted(signatures))}: "
            f"expected {_SIGNATURE!r}, which takes a seed. Export a model that generates."
        )
    return "images" if "images" in signature.outputs else min(signature.outputs)


def _labels(version):
    """Return the lines that name the two newest versions, which are those that are served."""
    older = [
        int(path.name)
        for path in version.parent.iterdir()
        if path.name.isdecimal() and int(path.name) < int(version.name)
    ]
    names = {"stable": int(version.name), **({"previous": max(older)} if older else {})}
    return "\n".join(
        f'    version_labels {{ key: "{label}" value: {number} }}'
        for label, number in names.items()
    )
