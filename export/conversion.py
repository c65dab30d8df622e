"""Endpoints → the bytes of TFLite files, by TensorFlow's converter."""

import contextlib
import re
import tempfile
import warnings

import tensorflow as tf
from tfgen.export.merge import joined, with_noise
from tfgen.export.noise import split

MODES = ("float32", "float16", "dynamic_int8", "int8", "int16x8")
_CALIBRATED = {"int8", "int16x8"}
_OPERATIONS = {
    "int8": tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
    "int16x8": tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
}
_SIGNATURE = "serving_default"  # of the temporary SavedModels


def conversions(model, endpoints, modes, batch_size, calibration):
    """Yield for each of `modes` the bytes of a TFLite file with one signature per endpoint.

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
    data = {
        name: _batches(parts, calibration[name], batch_size) if set(modes) & _CALIBRATED else []
        for name, parts in splits.items()
    }
    with contextlib.ExitStack() as stack:
        saved = {
            name: stack.enter_context(_saved(model, parts.network))
            for name, parts in splits.items()
        }
        noises = {name: _noise(model, name, parts) for name, parts in splits.items() if parts.noise}
        for mode in modes:
            files = {}
            for name, directory in saved.items():
                network = _convert(directory, name, mode, data[name])
                order = list(endpoints[name].inputs)
                noise = noises.get(name)
                files[name] = with_noise(network, noise, order) if noise else network
            yield joined(files)


@contextlib.contextmanager
def _saved(model, function):
    """Yield the directory of a temporary SavedModel with one function."""
    owner = tf.Module()
    # Without an owner of the variables, the converter writes a file without weights, and no word.
    owner.weights = [variable.value for variable in model.variables]
    with tempfile.TemporaryDirectory() as directory:
        signatures = {_SIGNATURE: function.get_concrete_function()}
        tf.saved_model.save(owner, directory, signatures=signatures)
        yield directory


def _noise(model, name, parts):
    with _saved(model, parts.noise) as directory:
        return _convert(directory, name, "float32")


def _batches(parts, rows, batch_size):
    """Return what the network of one endpoint sees, batch by batch: its inputs and its noise."""
    names = [spec.name for spec in (parts.noise or parts.network).input_signature]
    count = len(next(iter(rows.values())))
    batches = []
    for start in range(0, count - batch_size + 1, batch_size):
        batch = {name: array[start : start + batch_size] for name, array in rows.items()}
        noise = parts.noise(*(tf.constant(batch[name]) for name in names)) if parts.noise else {}
        batches.append({**{name: batch[name] for name in parts.inputs}, **noise})
    return batches


def _convert(directory, endpoint, mode, batches=None):
    """Return the bytes of a TFLite file; `endpoint` is named where it cannot be converted."""
    converter = tf.lite.TFLiteConverter.from_saved_model(directory, signature_keys=[_SIGNATURE])
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
        converter.representative_dataset = lambda: ((_SIGNATURE, batch) for batch in batches)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converter uses its own deprecated interpreter
            return converter.convert()
    except Exception as error:
        raise _explained(error, endpoint, mode) from error


def _explained(error, endpoint, mode):
    """Return the one-line ValueError for what the converter said in many."""
    missing = _missing_operations(str(error))
    if integer := re.search(rf"Failed for tensor {_SIGNATURE}_(\w+):0", str(error)):
        return ValueError(
            f"Endpoint {endpoint!r} has the integer input {integer[1]!r}, which TFLite cannot "
            f"calibrate for {mode}. Use int8, or leave out the endpoint."
        )
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
