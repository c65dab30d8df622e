"""The files beside a SavedModel that set up TF Serving and ask it for samples."""

import json
import os
import re
import string
from importlib import resources
from pathlib import Path

from tfgen.export.destination import writable_directory, write_into
from tfgen.export.serving.signatures import read_description

_SIGNATURE, _COMPLETE = "generate", "complete"  # the second one of models of text, with a prompt
_SAVED = ("image", "points", "text")  # kinds that the clients know how to write
_OF_TEXT = "texts.py"


def serving_kit(saved_model: str | os.PathLike, directory: str | os.PathLike, name: str) -> Path:
    """Write what serves a SavedModel with TF Serving, and clients that write what it draws.

    The files are `models.config` (versions and labels), `batching_parameters.txt`,
    `monitoring_config.txt`, `compose.yaml` for the `tensorflow/serving` image, `rest_client.py` and
    `grpc_client.py` with `samples.py`, and a `README.md` of one page that says how to use them.
    The clients write images as PNG, points as CSV, and texts, which may begin with a prompt. Files
    of an earlier kit in the same place are replaced.

    Args:
        saved_model: path of a version, as `to_saved_model` returns it: `directory/<version>`.
        directory: where the files go; created if missing.
        name: by which clients call the model: letters, digits, `_`, `-` and `.`.

    Returns:
        The `pathlib.Path` of `directory`.

    Raises:
        ValueError: `saved_model` is no version of a SavedModel, does not say of which kind its
            samples are, or cannot `generate` images or points from a seed, or `complete` texts;
            the name has other characters, or the directory is not writable.

    Example:
        >>> serving_kit("saved_model", "serving", "digits")
        Traceback (most recent call last):
        ValueError: serving_kit received saved_model='saved_model': expected a version of a ...
    """
    _check_name(name)
    version = _checked_version(Path(saved_model))
    signature, told = _generate(version)
    kind = told["outputs"][told["shown"]]
    low, high = kind.get("value_range") or (0.0, 1.0)
    values = {"name": name, "signature": signature, "version": version.name,
              "labels": _labels(version), "output": told["shown"], "kind": kind["kind"],
              "low": low, "high": high, "defaults": json.dumps(_defaults(told)),
              "length": told["inputs"].get("tokens", {"shape": [0]})["shape"][-1]}  # fmt: skip
    directory = writable_directory(directory)
    values["versions"] = os.path.relpath(version.parent.resolve(), directory.resolve())
    files = {**_filled(values), **(_tokenizer(kind) if kind["kind"] == "text" else {})}
    write_into(directory, {file: text.encode() for file, text in files.items()})
    return directory


def _filled(values):
    """Return `{file name: text}`."""
    templates = resources.files("tfgen.export.serving") / "kit"
    return {
        file.name: string.Template(file.read_text(encoding="utf-8")).substitute(values)
        for file in templates.iterdir()
        if file.is_file()  # installers put a __pycache__ beside the clients
        and (file.name != _OF_TEXT or values["kind"] == "text")
    }


def _tokenizer(kind):
    """Return what clients of a model of text need besides, `{file name: text}`."""
    code = resources.files("tfgen.export.app") / "templates" / "tokenizer.py"
    return {
        "tokenizer.py": code.read_text(encoding="utf-8"),
        "tokenizer.json": json.dumps(kind) + "\n",
    }


def _check_name(name):
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name):
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


def _generate(version):
    """Return the signature to ask for samples, and what the SavedModel says of it."""
    told = read_description(version)
    if told is None:
        raise ValueError(
            f"serving_kit received {version}, which does not say what it gives: expected a "
            "SavedModel of to_saved_model with assets.extra/endpoints.json. Export it again."
        )
    generate = told["endpoints"].get(_SIGNATURE)
    if generate is None or "seed" not in generate["inputs"]:
        raise ValueError(
            f"serving_kit received {version} with the signatures {', '.join(told['endpoints'])}: "
            f"expected {_SIGNATURE!r}, which takes a seed. Export a model that generates."
        )
    kind = generate["outputs"].get(generate["shown"], {"kind": "numbers"})["kind"]
    if kind not in _SAVED:
        raise ValueError(
            f"serving_kit received {version}, which generates {kind}: its clients write images, "
            "points and texts. Ask the server by TF Serving's own means."
        )
    if kind != "text":
        return _SIGNATURE, generate
    if _COMPLETE not in told["endpoints"] or "tokenizer" not in generate["outputs"]["texts"]:
        raise ValueError(
            f"serving_kit received {version}, which generates texts without the signature "
            f"{_COMPLETE!r} or a tokenizer: expected a language model. Export a LanguageModel."
        )
    return _COMPLETE, told["endpoints"][_COMPLETE]


def _defaults(told):
    """Return `{input: default}` of what a caller may leave out."""
    return {name: one["default"] for name, one in told["inputs"].items() if "default" in one}


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
