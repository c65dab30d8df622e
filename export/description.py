"""What an exported artefact says of itself, as plain values: its model, endpoints, kinds, seeds.

TFLite files carry it as metadata, SavedModels in `assets.extra/endpoints.json`. Whoever makes use
of an artefact later, be it a page, a client or a report, reads this and guesses nothing.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from tfgen.endpoints import Endpoint
from tfgen.kinds import Numbers

SEED = (
    "seed: int32 [batch, 2], the words [seed, row]; example i of seed s has [s, i]. The same words "
    "(and label) give the same example in every file and in Keras, up to the mode's rounding, on "
    "every runtime whose 32-bit integers wrap around: TensorFlow, LiteRT and LiteRT.js do."
)
LABEL = (
    "a class beyond the range is refused by LiteRT, and by TensorFlow on CPUs; on GPUs TensorFlow "
    "takes zeros in place of what the class would have given"
)


def description(
    model,
    endpoints: Mapping[str, Endpoint],
    examples: Mapping[str, Mapping[str, np.ndarray]],
    outputs: Mapping[str, list[str]],
    about: Mapping[str, Any],
) -> dict[str, Any]:
    """Return what an artefact is to say of itself, as a dict that JSON can hold.

    Args:
        model: the model that it comes from.
        endpoints: `{name: Endpoint}` that it offers.
        examples: `{endpoint: {input: array}}`, whose ranges are told.
        outputs: `{endpoint: names of its outputs}`.
        about: what else is known, such as the mode or a licence.
    """
    seeded = any("seed" in endpoint.inputs for endpoint in endpoints.values())
    told = {
        "model": type(model).__name__,
        "recipe": None,
        "licence": None,
        **about,
        "endpoints": {
            name: _endpoint(endpoint, examples[name], outputs[name])
            for name, endpoint in endpoints.items()
        },
        **({"seed": SEED} if seeded else {}),
    }
    return json.loads(json.dumps(told))


def _endpoint(endpoint, examples, outputs):
    shown = endpoint.shown
    return {
        "does": endpoint.doc,
        "inputs": {name: _input(endpoint, name, examples[name]) for name in endpoint.inputs},
        "outputs": {n: endpoint.outputs.get(n, Numbers()).about() for n in sorted(outputs)},
        "shown": shown[0] if shown else None,
    }


def _input(endpoint, name, examples):
    spec, told = endpoint.inputs[name], {}
    if name in endpoint.defaults:
        told["default"] = endpoint.defaults[name]
    elif name != "seed":
        told["range"] = [np.min(examples).item(), np.max(examples).item()]
    if name == "label":
        told["beyond"] = LABEL
    if name in endpoint.input_kinds:
        told |= endpoint.input_kinds[name].about()
    return {"dtype": spec.dtype.name, "shape": ["batch", *spec.shape[1:]], **told}
