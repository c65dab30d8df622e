"""Inputs by which the ranges of activations are measured before quantization."""

import numpy as np
from tfgen.export.arguments import chosen

ROWS = 100  # fewer leave the ranges of rare activations unseen


def calibration_inputs(endpoints, given, seed, minimum=1, count=ROWS):
    """Return `{endpoint: {input: array [count, ...]}}`: the user's where given, else examples.

    Args:
        endpoints: `{name: Endpoint}`.
        given: None or `{endpoint: {input: array}}`, for some or all of `endpoints`.
        seed: int, of the endpoints' own examples.
        minimum: the least number of rows, the largest batch size of the export.
        count: of rows of the endpoints' own examples.

    Raises:
        ValueError: unknown or missing names, wrong shapes, kinds of numbers or counts.
    """
    given = dict(given or {})
    if given:
        chosen("calibration", given, endpoints)
    return {
        name: _checked(name, endpoint, given[name], minimum)
        if name in given
        else _examples(endpoint, max(count, minimum), seed)
        for name, endpoint in endpoints.items()
    }


def _examples(endpoint, count, seed):
    return {name: np.asarray(array) for name, array in endpoint.examples(count, seed).items()}


def _checked(name, endpoint, arrays, minimum):
    what = f"calibration[{name!r}]"
    if set(arrays) != set(endpoint.inputs):
        raise ValueError(
            f"{what} received the inputs {sorted(arrays)}: expected exactly "
            f"{sorted(endpoint.inputs)}. Give one array for each."
        )
    arrays = {key: np.asarray(arrays[key]) for key in endpoint.inputs}
    for key, array in arrays.items():
        _check_array(f"{what}[{key!r}]", array, endpoint.inputs[key])
    counts = {len(array) for array in arrays.values()}
    if len(counts) > 1 or min(counts) < minimum:
        raise ValueError(
            f"{what} received arrays of {sorted(counts)} rows: expected one number of rows, "
            f"at least {minimum}. {ROWS} or more give good ranges."
        )
    dtypes = {key: spec.dtype.as_numpy_dtype for key, spec in endpoint.inputs.items()}
    return {key: array.astype(dtypes[key]) for key, array in arrays.items()}


def _check_array(what, array, spec):
    expected = tuple(spec.shape[1:])
    shaped = array.ndim == len(expected) + 1 and all(
        size in (None, got) for size, got in zip(expected, array.shape[1:], strict=True)
    )
    if not shaped:
        text = ", ".join(["count", *("any" if size is None else str(size) for size in expected)])
        raise ValueError(f"{what} received shape {array.shape}: expected [{text}].")
    if spec.dtype.is_integer and array.dtype.kind not in "iu":
        raise ValueError(f"{what} received {array.dtype} numbers: expected {spec.dtype.name}.")
