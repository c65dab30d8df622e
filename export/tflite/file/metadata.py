"""What a TFLite file says of itself: a named buffer of JSON, which interpreters skip."""

import json

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from tfgen.export.tflite.file.packing import packed
from tfgen.export.tflite.file.parsed import add_buffer, parsed

NAME = "tfgen"
SEED = (
    "seed: int32 [batch, 2], the words [seed, row]; example i of seed s has [s, i]. The same words "
    "(and label) give the same example in every file and in Keras, up to the mode's rounding."
)


def description(model, endpoints, examples, mode, about=None):
    """Return what a file is to say of itself, as a dict that JSON can hold.

    Args:
        model: the model that it comes from.
        endpoints: `{name: Endpoint}` that it offers.
        examples: `{endpoint: {input: array}}`, whose ranges are told.
        mode: "int8" and so on.
        about: None or what only the caller knows, such as `{"recipe": ..., "licence": ...}`.
    """
    images = getattr(model, "value_range", None)
    return {
        "model": type(model).__name__,
        "mode": mode,
        "recipe": None,
        "licence": None,
        **(about or {}),
        "images_range": None if images is None else [float(value) for value in images],
        "endpoints": {name: _inputs(e, examples[name]) for name, e in endpoints.items()},
        **({"seed": SEED} if any("seed" in e.inputs for e in endpoints.values()) else {}),
    }


def _inputs(endpoint, examples):
    return {
        name: {
            "dtype": spec.dtype.name,
            "shape": ["batch", *spec.shape[1:]],
            **({} if name == "seed" else {"range": _range(examples[name])}),
        }
        for name, spec in endpoint.inputs.items()
    }


def _range(array):
    array = np.asarray(array)
    return [array.min().item(), array.max().item()]


def with_metadata(file, content):
    """Return the TFLite file with `content`, a dict, in it."""
    model = parsed(file)
    entry, text = schema.MetadataT(), json.dumps(content, separators=(",", ":"))
    entry.name = NAME
    entry.buffer = add_buffer(model, np.frombuffer(text.encode(), np.uint8))
    model.metadata = [*(model.metadata or []), entry]
    return packed(model)


def metadata_of(model):
    """Return what `with_metadata` wrote into a parsed file; None where nothing readable is."""
    for entry in model.metadata or []:
        if entry.name == NAME.encode():
            try:
                return json.loads(bytes(model.buffers[entry.buffer].data))
            except (TypeError, ValueError, IndexError):
                return None
    return None


def checked_about(about):
    """Return `about` as a dict of plain values.

    Raises:
        ValueError: for something that JSON cannot hold.
    """
    try:
        return json.loads(json.dumps(dict(about or {})))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"to_tflite received about={about!r}: expected a dict of texts and numbers ({error}). "
            "Use about={'recipe': 'mine', 'licence': 'CC-BY-4.0'}."
        ) from None
