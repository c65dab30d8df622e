"""Endpoints as signatures of a SavedModel: traced, and described for people."""

import tensorflow as tf

_PAGE = "assets.extra/signatures.md"  # TF Serving passes over what it does not know there


def traced(endpoint):
    """Return a `tf.function` of the endpoint, traced, with inputs and outputs of its names."""
    specs = [tf.TensorSpec(s.shape, s.dtype, name=n) for n, s in endpoint.inputs.items()]

    @tf.function(input_signature=specs, autograph=False)
    def function(*values):
        return endpoint(**dict(zip(endpoint.inputs, values, strict=True)))

    function.get_concrete_function()  # ExportArchive takes traced functions only
    return function


def write_page(endpoints, functions, default, directory):
    """Write what each signature does, takes and gives to a page beside the SavedModel.

    Args:
        endpoints: `{name: Endpoint}`.
        functions: `{name: what traced(endpoint) returned}`.
        default: the name that `serving_default` is another one for.
        directory: `pathlib.Path` of the SavedModel.
    """
    parts = [
        "# Signatures\n\nThe first axis of every input and output is the batch, of any size; rows "
        f"do not know each other. `serving_default` is `{default}`.\n"
    ]
    for name, endpoint in endpoints.items():
        outputs = functions[name].get_concrete_function().structured_outputs
        lines = [f"\n## {name}\n", *([f"{endpoint.doc}\n"] if endpoint.doc else [])]
        lines += [f"- takes `{key}`, {_described(s)}" for key, s in endpoint.inputs.items()]
        lines += [f"- gives `{key}`, {_described(outputs[key])}" for key in sorted(outputs)]
        parts.append("\n".join(lines) + "\n")
    path = directory / _PAGE
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(parts), encoding="utf-8")


def _described(spec):
    if spec.shape.rank is None:
        return f"{spec.dtype.name} [batch, ...]"
    sizes = ["batch", *("any" if size is None else str(size) for size in spec.shape[1:])]
    return f"{spec.dtype.name} [{', '.join(sizes)}]"
