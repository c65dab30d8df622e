"""A folder to start an app from: the files, how to call them from three languages, and a README."""

import json
import os
import string
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

import numpy as np
from tfgen.export.app import texts
from tfgen.export.app.cells import line
from tfgen.export.destination import writable_directory, write_into
from tfgen.export.tflite.file.inspect import inspect

ENDPOINT = "generate"
_COPIED = {"run.py": "run.py"}
_FILLED = {name: name for name in ("Generator.kt", "Generator.swift", "README.md")}
_WRITTEN = {"image": "PNG files", "points": "a CSV file"}  # by run.py


def to_app(files: Iterable[str | os.PathLike], directory: str | os.PathLike) -> Path:
    """Write a folder with TFLite files of one model and all that is needed to call them.

    `run.py` draws examples in any Python that has ai-edge-litert and NumPy, and writes images as
    PNG and points as CSV, or text to the terminal, as it comes; `Generator.kt` and
    `Generator.swift` are call sites for Android and iOS, to be compiled there; `README.md` says
    what the files take and give, and `app.json` says it to programs. With models of text go
    `tokenizer.py`, `Tokenizer.kt` and `Tokenizer.swift`.

    Args:
        files: paths of TFLite files that `to_tflite` wrote; the first one is the one that the
            call sites load.
        directory: where it all goes; created if missing.

    Returns:
        The `pathlib.Path` of the folder.

    Raises:
        ValueError: no files, or one without metadata or without an endpoint `generate` that draws
            images or points from seeds, and labels where there are classes, or `prefill` and
            `decode` that write text; a directory that cannot be written.

    Example:
        >>> to_app([], "app")
        Traceback (most recent call last):
        ValueError: to_app received no files: expected at least one, as to_tflite returns.
    """
    found = [_checked(Path(path)) for path in files]
    if not found:
        raise ValueError("to_app received no files: expected at least one, as to_tflite returns.")
    directory = writable_directory(directory)
    contents = {Path(path).name: Path(path).read_bytes() for path in files}
    text = all(texts.writes(one) for one in found)
    summary = texts.summary(found) if text else _summary(found)
    contents["app.json"] = (json.dumps(summary, indent=2) + "\n").encode()
    copied, filled = (texts.COPIED, texts.FILLED) if text else (_COPIED, _FILLED)
    fields = {**_about(found), **(texts.fields(found) if text else _fields(found))}
    for name, template in copied.items():
        contents[name] = _template(template).encode()
    for name, template in filled.items():
        contents[name] = string.Template(_template(template)).substitute(fields).encode()
    write_into(directory, contents)
    return directory


def _checked(path):
    found = inspect(path)
    if found.metadata is None:
        raise ValueError(
            f"to_app received {found.name}, which does not say what it is: expected a file that "
            "to_tflite wrote. Export it again."
        )
    if texts.writes(found):
        return found
    told = found.metadata["endpoints"].get(ENDPOINT, {"inputs": {}, "shown": None})
    if told["shown"] is None or "seed" not in told["inputs"]:
        raise ValueError(
            f"to_app received {found.name} with the signatures {', '.join(found.signatures)}: "
            f"expected {ENDPOINT!r}, which draws examples from a seed. Export it with "
            f"endpoints=[{ENDPOINT!r}]."
        )
    _check_kind_and_inputs(found.name, told)
    return found


def _check_kind_and_inputs(name, told):
    kind = told["outputs"][told["shown"]]["kind"]
    if kind not in _WRITTEN:
        raise ValueError(
            f"to_app received {name}, which draws {told['shown']}: its runner can write images and "
            f"points, and {texts.NEEDED}, no other {kind}. {texts.FIX}."
        )
    filled = {"seed", "label", *_defaults(told)}
    if strange := sorted(set(told["inputs"]) - filled):
        raise ValueError(
            f"to_app received {name}, whose {ENDPOINT} takes {', '.join(strange)}: expected seed, "
            "label, and inputs with a default. Give its Endpoint defaults."
        )


def _defaults(told):
    return {name: one["default"] for name, one in told["inputs"].items() if "default" in one}


def _template(name):
    return (resources.files("tfgen.export.app") / "templates" / name).read_text(encoding="utf-8")


def _told(found):
    return found[0].metadata["endpoints"][ENDPOINT]


def _summary(found):
    told = _told(found)
    return {
        "output": told["shown"],
        **told["outputs"][told["shown"]],
        "defaults": _defaults(told),
        "files": {one.name: one.metadata for one in found},
    }


def _about(found):
    """Return what all templates ask for."""
    first = found[0]
    return {
        "file": first.name,
        "model": first.metadata["model"],
        "recipe": first.metadata["recipe"] or "not stated",
        "licence": first.metadata["licence"] or "not stated: ask whoever trained the model",
        "seed": first.metadata["seed"],
    }


def _fields(found):
    """Return what the templates of images and points ask for."""
    first, told = found[0], _told(found)
    output, kind = told["shown"], told["outputs"][told["shown"]]
    drawn = first.signatures[ENDPOINT].outputs[output]
    pixels, batch = drawn.dtype == "uint8", drawn.shape[0]
    return {
        "output": output,
        "values": _values(kind, pixels),
        "written": _WRITTEN[kind["kind"]],
        "count": int(np.prod(drawn.shape)),
        "shape": " x ".join(str(size) for size in drawn.shape),
        "batch": batch,
        "table": "\n".join(line(one, ENDPOINT) for one in found),
        "kotlin_type": "ByteArray" if pixels else "FloatArray",
        "kotlin_buffer": "ByteBuffer" if pixels else "FloatBuffer",
        "swift_type": "UInt8" if pixels else "Float32",
        **_inputs(told, batch),
    }


def _values(kind, pixels):
    """Return in words what the numbers of an example are."""
    if kind["kind"] != "image":
        return "coordinates"
    black, white = (0, 255) if pixels else kind["value_range"]
    return f"values from {black:g} (black) to {white:g} (white)"


def _inputs(told, batch):
    """Return the arguments beside the seed, and how they are handed on, in Kotlin and in Swift."""
    kotlin_arguments = kotlin_inputs = swift_arguments = swift_inputs = ""
    for name, one in told["inputs"].items():
        if name == "seed":
            continue
        whole = one["dtype"].startswith("int")
        value = f" = {one['default']:g}" if "default" in one else ""
        kotlin, swift = ("Int", "Int32") if whole else ("Float", "Float32")
        kotlin_arguments += f", {name}: {kotlin}{value and value + ('' if whole else 'f')}"
        kotlin_inputs += f', "{name}" to {kotlin}Array({batch}) {{ {name} }}'
        swift_arguments += f", {name}: {swift}{value}"
        swift_inputs += f'\n    try copy(Array(repeating: {name}, count: {batch}), "{name}")'
    return {
        "kotlin_arguments": kotlin_arguments,
        "kotlin_inputs": kotlin_inputs,
        "swift_arguments": swift_arguments,
        "swift_inputs": swift_inputs,
    }
