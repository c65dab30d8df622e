"""A folder to start an app from: the files, how to call them from three languages, and a README."""

import json
import string
from importlib import resources
from pathlib import Path

import numpy as np
from tfgen.export.arguments import writable_directory
from tfgen.export.tflite.file.inspect import inspect

from tfgen.files import write_files

ENDPOINT, OUTPUT = "generate", "images"
_TEMPLATES = ("Generator.kt", "Generator.swift", "README.md")


def to_app(files, directory):
    """Write a folder with TFLite files of one model and all that is needed to call them.

    `run.py` draws pictures in any Python that has ai-edge-litert and NumPy; `Generator.kt` and
    `Generator.swift` are call sites for Android and iOS, to be compiled there; `README.md` says
    what the files take and give, and `app.json` says it to programs.

    Args:
        files: paths of TFLite files that `to_tflite` wrote; the first one is the one that the
            call sites load.
        directory: where it all goes; created if missing.

    Returns:
        The `pathlib.Path` of the folder.

    Raises:
        ValueError: no files, or one without metadata or without an endpoint `generate` that draws
            `images` from seeds, and labels where there are classes; a directory that cannot be
            written.
    """
    found = [_checked(Path(path)) for path in files]
    if not found:
        raise ValueError("to_app received no files: expected at least one, as to_tflite returns.")
    directory = writable_directory(directory)
    contents = {Path(path).name: Path(path).read_bytes() for path in files}
    contents["run.py"] = _template("run.py").encode()
    contents["app.json"] = (json.dumps(_summary(found), indent=2) + "\n").encode()
    fields = _fields(found)
    for name in _TEMPLATES:
        contents[name] = string.Template(_template(name)).substitute(fields).encode()
    write_files({directory / name: content for name, content in contents.items()})
    return directory


def _checked(path):
    found = inspect(path)
    if found.metadata is None:
        raise ValueError(
            f"to_app received {found.name}, which does not say what it is: expected a file that "
            "to_tflite wrote. Export it again."
        )
    signature = found.signatures.get(ENDPOINT)
    if signature is None or OUTPUT not in signature.outputs or "seed" not in signature.inputs:
        raise ValueError(
            f"to_app received {found.name} with the signatures {', '.join(found.signatures)}: "
            f"expected {ENDPOINT!r}, from seed to {OUTPUT}. Export it with endpoints=['generate']."
        )
    return found


def _template(name):
    return (resources.files("tfgen.export.app") / "templates" / name).read_text(encoding="utf-8")


def _summary(found):
    return {
        "images_range": found[0].metadata["images_range"] or [0.0, 1.0],
        "files": {one.name: one.metadata for one in found},
    }


def _fields(found):
    """Return what the templates ask for."""
    first, labelled = found[0], "label" in found[0].signatures[ENDPOINT].inputs
    image = first.signatures[ENDPOINT].outputs[OUTPUT]
    pixels, batch = image.dtype == "uint8", image.shape[0]
    return {
        "file": first.name,
        "model": first.metadata["model"],
        "recipe": first.metadata["recipe"] or "not stated",
        "licence": first.metadata["licence"] or "not stated: ask whoever trained the model",
        "seed": first.metadata["seed"],
        "black": "%g" % (0 if pixels else _summary(found)["images_range"][0]),
        "white": "%g" % (255 if pixels else _summary(found)["images_range"][1]),
        "count": int(np.prod(image.shape)),
        "shape": " x ".join(str(size) for size in image.shape),
        "batch": batch,
        "table": "\n".join(_line(one) for one in found),
        "kotlin_label": ", label: Int" if labelled else "",
        "kotlin_input": f', "label" to IntArray({batch}) {{ label }}' if labelled else "",
        "kotlin_type": "ByteArray" if pixels else "FloatArray",
        "kotlin_buffer": "ByteBuffer" if pixels else "FloatBuffer",
        "swift_label": ", label: Int32" if labelled else "",
        "swift_input": f'\n    try copy(Array(repeating: label, count: {batch}), "label")'
        if labelled
        else "",
        "swift_type": "UInt8" if pixels else "Float32",
    }


def _line(found):
    def side(tensors):
        return ", ".join(f"{name} {t.dtype} {list(t.shape)}" for name, t in tensors.items())

    signature = found.signatures[ENDPOINT]
    cells = (
        found.name,
        f"{found.bytes / 1e3:.0f}",
        side(signature.inputs),
        side(signature.outputs),
    )
    return f"| {' | '.join(cells)} |"
