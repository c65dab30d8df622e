"""Endpoints → the bytes of TFLite files, by TensorFlow's converter."""

import contextlib
import functools
import tempfile
import warnings

import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tensorflow.lite.python.convert import mlir_quantize
from tfgen.export.modes import CALIBRATED, SPOILS_NOISE
from tfgen.export.tflite import int4, int16x8
from tfgen.export.tflite.explanations import SIGNATURE, explained
from tfgen.export.tflite.file.merge import joined, with_noise
from tfgen.export.tflite.file.pixels import with_pixels
from tfgen.export.tflite.int8.ranges import narrowed
from tfgen.export.tflite.seam import split

_OPERATIONS = {
    "int8": tf.lite.OpsSet.TFLITE_BUILTINS_INT8,
    "int16x8": tf.lite.OpsSet.EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8,
}


def conversions(model, endpoints, modes, batch_size, calibration, pixels, practice=None):
    """Yield for each of `modes` the bytes of a TFLite file with one signature per endpoint.

    Args:
        model: a built float32 model, which owns the weights.
        endpoints: `{name: Endpoint}` of that model.
        modes: some of `MODES`.
        batch_size: static batch size of every input and output.
        calibration: `{endpoint: {input: array}}`, at least `batch_size` rows each.
        pixels: `{endpoint: {output: (black, white)}}` of the images that leave int8 networks as
            uint8.
        practice: None, or a `Practice` that fine-tunes int8 networks.

    Raises:
        ValueError: an endpoint has operations that TFLite lacks; both are named.
    """
    with contextlib.ExitStack() as stack:

        @functools.cache
        def parts(name, lookups):
            return split(endpoints[name], batch_size, lookups)

        @functools.cache
        def source(name, lookups):
            order = list(endpoints[name].inputs)
            return _Source(model, name, parts(name, lookups), order, calibration[name], stack)

        for mode in modes:
            files = {}
            for name in endpoints:
                lookups = mode in CALIBRATED and parts(name, True).lookups
                files[name] = source(name, lookups).convert(mode, pixels[name], practice)
            yield joined(files)


class _Source:
    """An endpoint, taken apart and saved, from which every mode is converted."""

    def __init__(self, model, name, parts, order, rows, stack):
        self._model, self._name, self._parts, self._order = model, name, parts, order
        self._rows, self._directory = rows, stack.enter_context(_saved(model, parts.network))

    def convert(self, mode, pixels, practice=None):
        """Return the bytes of a TFLite file with one signature."""
        self._check(mode)
        network = self._network(mode, practice)
        if mode == "int8" and pixels:
            network = with_pixels(network, pixels)
        return with_noise(network, self._noise, self._order) if self._noise else network

    def _network(self, mode, practice):
        """Return the bytes of the network alone, by whichever quantizer knows how."""
        operations = self._parts.operations
        batches = self._batches if mode in CALIBRATED else None
        refine = None
        if mode == "int8" and practice:
            seen = self._seen(practice.rows[self._name])
            refine = functools.partial(practice.refined, batches=seen)
        if mode == int4.MODE:
            whole = _convert(self._directory, self._name, "float32", None, operations)
            return int4.quantized(whole, self._name)
        try:
            return _convert(self._directory, self._name, mode, batches, operations, refine)
        except ValueError as refused:
            if mode != "int16x8":
                raise
            if not int16x8.available():
                raise ValueError(f"{refused} Or {int16x8.MISSING}.") from refused
            whole = _convert(self._directory, self._name, "float32", None, operations)
            try:
                return _prepared(int16x8.quantized(whole, SIGNATURE, batches))
            except Exception as error:  # of many kinds, none of which names the endpoint
                raise refused from error

    def _check(self, mode):
        if self._parts.hidden and mode in SPOILS_NOISE:
            raise ValueError(
                f"Endpoint {self._name!r} draws noise in a loop or branch, where {mode} would "
                "quantize it too. Draw all of it before the loop and index it there, or use "
                "float32 or dynamic_int8."
            )
        if self._parts.loops and mode in CALIBRATED:  # its calibrator would end the process
            raise ValueError(
                f"Endpoint {self._name!r} has a loop, which TFLite cannot calibrate for {mode}. "
                "Use float32, float16 or dynamic_int8, or leave out the endpoint."
            )
        if self._parts.integers and mode in CALIBRATED:
            raise ValueError(
                f"Endpoint {self._name!r} has the integer input {self._parts.integers[0]!r}, which "
                f"TFLite cannot calibrate for {mode}. Use float32, float16 or dynamic_int8, or "
                "leave out the endpoint."
            )

    @functools.cached_property
    def _noise(self):
        if self._parts.noise is None:
            return None
        # Noise has no weights, and what looks up by integers may be a whole network.
        mode = "dynamic_int8" if self._parts.lookups else "float32"
        with _saved(self._model, self._parts.noise) as directory:
            return _convert(directory, self._name, mode)

    @functools.cached_property
    def _batches(self):
        return self._seen(self._rows)

    def _seen(self, rows):
        """Return what the network sees, batch by batch: its inputs and its noise."""
        parts = self._parts
        specs = (parts.noise or parts.network).input_signature
        names, size = [spec.name for spec in specs], specs[0].shape[0]
        count = len(next(iter(rows.values())))
        batches = []
        for start in range(0, count - size + 1, size):
            batch = {name: array[start : start + size] for name, array in rows.items()}
            inputs = (tf.constant(batch[name]) for name in names)
            noise = parts.noise(*inputs) if parts.noise else {}
            batches.append({**{name: batch[name] for name in parts.inputs}, **noise})
        return batches


@contextlib.contextmanager
def _saved(model, function):
    """Yield the directory of a temporary SavedModel with one function."""
    owner = tf.Module()
    # Without an owner of the variables, the converter writes a file without weights, and no word.
    owner.weights = [variable.value for variable in model.variables]
    with tempfile.TemporaryDirectory() as directory:
        signatures = {SIGNATURE: function.get_concrete_function()}
        # Gradients of one's own, such as SiLU's, cannot be saved from a function that was cut.
        options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
        tf.saved_model.save(owner, directory, signatures=signatures, options=options)
        yield directory


def _convert(directory, endpoint, mode, batches=None, operations=(), refine=None):
    """Return the bytes of a TFLite file; `endpoint` is named where it cannot be converted.

    So is the line that made the first of its `operations` which TFLite lacks. `refine` changes the
    bytes of a calibrated float file before its int8 quantization.
    """
    converter = tf.lite.TFLiteConverter.from_saved_model(directory, signature_keys=[SIGNATURE])
    available = _OPERATIONS.get(mode, tf.lite.OpsSet.TFLITE_BUILTINS)
    converter.target_spec.supported_ops = [available]
    # A scale and a zero point per output take more bytes than the int8 weights of a dense layer
    # behind a narrow latent, and change the quality by less than 0.3 dB.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    if mode != "float32":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if mode == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if mode in CALIBRATED:
        converter.representative_dataset = lambda: ((SIGNATURE, batch) for batch in batches)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the converter uses its own deprecated interpreter
            if mode != "int8":
                file = converter.convert()
                return _prepared(file) if mode == "int16x8" else file
            converter._experimental_calibrate_only = True
            calibrated = narrowed(converter.convert(), batches)
            calibrated = refine(calibrated) if refine else calibrated
            return mlir_quantize(calibrated, disable_per_channel_for_dense_layers=True)
    except Exception as error:
        raise explained(error, endpoint, mode, operations) from error


def _prepared(file):
    """Return the bytes of a file; `RuntimeError` where a kernel refuses 16-bit scales."""
    Interpreter(model_content=file).allocate_tensors()
    return file
