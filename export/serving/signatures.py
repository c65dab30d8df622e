"""Endpoints as signatures of a SavedModel: traced, and described for people and for programs."""

import json
from pathlib import Path

import tensorflow as tf
from tfgen.export.calls import answers
from tfgen.export.description import description
from tfgen.export.modes import MODES

# TF Serving passes over what it does not know in this folder.
_PAGE, _DESCRIPTION = "assets.extra/signatures.md", "assets.extra/endpoints.json"
_ROWS = 100  # of examples, whose ranges are told


def traced(endpoint):
    """Return a `tf.function` of the endpoint, traced, with inputs and outputs of its names."""
    specs = [tf.TensorSpec(s.shape, s.dtype, name=n) for n, s in endpoint.inputs.items()]

    @tf.function(input_signature=specs, autograph=False)
    def function(*values):
        return answers(endpoint, values)

    function.get_concrete_function()  # ExportArchive takes traced functions only
    return function


def write_descriptions(model, endpoints, functions, default, directory):
    """Write what each signature does, takes and gives beside the SavedModel: a page, and JSON.

    Args:
        model: that the endpoints belong to.
        endpoints: `{name: Endpoint}`.
        functions: `{name: what traced(endpoint) returned}`.
        default: the name that `serving_default` is another one for.
        directory: `pathlib.Path` of the SavedModel.
    """
    outputs = {
        name: function.get_concrete_function().structured_outputs
        for name, function in functions.items()
    }
    examples = {name: endpoint.examples(_ROWS, 0) for name, endpoint in endpoints.items()}
    told = description(model, endpoints, examples, outputs, {"mode": MODES[0]})
    (directory / _PAGE).parent.mkdir(exist_ok=True)
    (directory / _PAGE).write_text(_page(told, outputs, default), encoding="utf-8")
    (directory / _DESCRIPTION).write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def read_description(version: Path) -> dict | None:
    """Return what a SavedModel says of itself; None where it is silent."""
    try:
        return json.loads((version / _DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _page(told, outputs, default):
    parts = [
        "# Signatures\n\nThe first axis of every input and output is the batch, of any size; rows "
        f"do not know each other. `serving_default` is `{default}`. Every input must be given; the "
        "kit's clients fill in those that have a default.\n"
    ]
    for name, one in told["endpoints"].items():
        lines = [f"\n## {name}\n", *([f"{one['does']}\n"] if one["does"] else [])]
        lines += [f"- takes `{key}`, {_input(i)}" for key, i in one["inputs"].items()]
        lines += [
            f"- gives `{key}`, {_described(outputs[name][key])}{_kind(kind)}"
            for key, kind in one["outputs"].items()
        ]
        parts.append("\n".join(lines) + "\n")
    return "".join(parts)


def _input(told):
    sizes = ["any" if size is None else str(size) for size in told["shape"]]
    notes = f"; default {told['default']:g}" if "default" in told else ""
    if "beyond" in told:
        low, high = told["range"]
        notes += f", from {low} to {high}; {told['beyond']}"
    return f"{told['dtype']} [{', '.join(sizes)}]{notes}"


def _kind(about):
    if about["kind"] != "image":
        return "" if about["kind"] == "numbers" else f": {about['kind']}"
    black, white = about["value_range"]
    return f": images from {black:g} (black) to {white:g} (white)"


def _described(spec):
    if spec.shape.rank is None:
        return f"{spec.dtype.name} [batch, ...]"
    sizes = ["batch", *("any" if size is None else str(size) for size in spec.shape[1:])]
    return f"{spec.dtype.name} [{', '.join(sizes)}]"
