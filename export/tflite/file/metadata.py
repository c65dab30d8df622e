"""What a TFLite file says of itself: a named buffer of JSON, which interpreters skip."""

import json
from collections.abc import Mapping

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from tfgen.export.tflite.file.packing import packed
from tfgen.export.tflite.file.parsed import add_buffer, parsed

NAME = "tfgen"


def with_metadata(file: bytes, content: dict) -> bytes:
    """Return the TFLite file with `content`, a dict, in it."""
    model = parsed(file)
    entry, text = schema.MetadataT(), json.dumps(content, separators=(",", ":"))
    entry.name = NAME
    entry.buffer = add_buffer(model, np.frombuffer(text.encode(), np.uint8))
    model.metadata = [*(model.metadata or []), entry]
    return packed(model)


def metadata_of(model) -> dict | None:
    """Return what `with_metadata` wrote into a parsed file; None where nothing readable is."""
    for entry in model.metadata or []:
        if entry.name == NAME.encode():
            try:
                return json.loads(bytes(model.buffers[entry.buffer].data))
            except (TypeError, ValueError, IndexError):
                return None
    return None


def checked_about(about: Mapping | None) -> dict:
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
