"""Endpoints → the bytes of TFLite files, by TensorFlow's converter."""

import re
import tempfile
import warnings

import tensorflow as tf
from tfgen.export.merge import joined, with_noise
from tfgen.export.noise import split

MODES = ("float32", "float16", "dynamic_int8", "int8", "int16x8")
_CALIBRATED = ("int8", "int16x8")
_OPERATIONS = {
    "int8": tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
    "int16x8": tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
}
_NOISE = "noise_of_"


def conversions(model, endpoints, modes, batch_size, calibration):
    """Yield `(mode, bytes)`: a TFLite file with one signature per endpoint.

    Args:
        model: a built float32 model, which owns the weights.
        endpoints: `{name: Endpoint}` of that model.
        modes: some of `MODES`.
        batch_size: static batch size of every input and output.
        calibration: `{endpoint: {input: array}}`, at least `batch_size` rows each.

    Raises:
        ValueError: an endpoint has operations that TFLite lacks; both are named.
    """
    splits = {name: split(endpoint, batch_size) for name, endpoint in endpoints.items()}
    with tempfile.TemporaryDirectory() as directory:
        _save(model, splits, directory)
        noises = {
            name: _convert(directory, _NOISE + name, "float32")
            for name, parts in splits.items()
            if parts.noise
        }
        for mode in modes:
            files = []
            for name, parts in splits.items():
                data = _batches(parts, calibration[name], batch_size)
                network = _convert(directory, name, mode, data)
                order = list(endpoints[name].inputs)
                noise = noises.get(name)
                files.append(with_noise(network, noise, order) if noise else network)
            yield mode, joined(files)


def _save(model, splits, directory):
    """Write one SavedModel with a signature per network and per noise."""
    owner = tf.Module()
    # Without an owner of the variables, the converter writes a file without weights, and no word.
    owner.weights = [variable.value for variable in model.variables]
    functions = {name: parts.network for name, parts in splits.items()}
    functions |= {_NOISE + name: parts.noise for name, parts in splits.items() if parts.noise}
    signatures = {name: f.get_concrete_function() for name, f in functions.items()}
    tf.saved_model.save(owner, directory, signatures=signatures)


def _batches(parts, rows, batch_size):
    """Return the batches that the network of one endpoint sees: its own inputs and its noise."""
    count = len(next(iter(rows.values())))
    batches = []
    for start in range(0, count - batch_size + 1, batch_size):
        batch = {name: array[start : start + batch_size] for name, array in rows.items()}
        noise = parts.noise(*map(tf.constant, batch.values())) if parts.noise else {}
        batches.append({**{name: batch[name] for name in parts.inputs}, **noise})
    return batches


def _convert(directory, signature, mode, batches=()):
    converter = tf.lite.TFLiteConverter.from_saved_model(directory, signature_keys=[signature])
    operations = _OPERATIONS.get(mode, tf.lite.OpsSet.TFLITE_BUILTINS)
    converter.target_spec.supported_ops = [operations]
    # A scale and a zero point per output take more bytes than the int8 weights of a dense layer
    # behind a narrow latent, and change the quality by less than 0.3 dB.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    if mode != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if mode in _CALIBRATED:
        converter.representative_dataset = lambda: ((signature, batch) for batch in batches)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converter uses its own deprecated interpreter
            return converter.convert()
    except Exception as error:
        raise _explained(error, signature.removeprefix(_NOISE), mode) from error


def _explained(error, endpoint, mode):
    """Return the one-line ValueError for what the converter said in many."""
    missing = _missing_operations(str(error))
    if not missing:
        line = next((line for line in str(error).splitlines() if line.strip()), repr(error))
        return ValueError(f"TFLite conversion of endpoint {endpoint!r} to {mode} failed: {line}")
    return ValueError(
        f"Endpoint {endpoint!r} uses {', '.join(sorted(missing))}, which TFLite does not have "
        f"built in for {mode}. Replace it in the endpoint's function, or leave out the endpoint "
        "or the mode."
    )


def _missing_operations(text):
    lists = re.findall(r"(?:Select|Custom|Flex) ops: ([^\n]*)", text)
    names = {name.strip() for found in lists for name in found.split(",")}
    names |= set(re.findall(r"not yet supported for op: '(\w+)'", text))
    return {name for name in names if name}
