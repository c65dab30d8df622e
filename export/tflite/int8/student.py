"""A calibrated TFLite network as a Keras model that trains under the rounding of int8."""

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert import schema_py_generated as schema
from tfgen.export.tflite.file.parsed import by_name, operation_name, steps
from tfgen.export.tflite.int8.fake_quantization import asymmetric, symmetric
from tfgen.export.tflite.int8.operations import BIAS, OPERATIONS, OWN_GRID, SAME_GRID, WEIGHTS
from tfgen.export.tflite.int8.ranges import same_steps

_DTYPES = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT32: np.int32}


class Student(keras.Model):
    """Runs the first signature of a parsed float file, with weights that train.

    Weights have a step of int8 per output channel (dense layers: one in all), activations the
    ranges that stand in the file.

    Args:
        file: parsed TFLite file, calibrated.
        rounded: whether to round as int8 does.

    Raises:
        ValueError: the network has an operation that is not in `operations.py`.
    """

    def __init__(self, file, *, rounded=True):
        super().__init__(dtype="float32")
        self._graph, self._rounded = file.subgraphs[0], rounded
        self._steps = steps(file, self._graph)
        if unknown := {operation_name(code) for code, _ in self._steps if code not in OPERATIONS}:
            raise ValueError(
                f"Fine-tuning for int8 cannot train through {', '.join(sorted(unknown))}. "
                "Leave out fine_tune_steps."
            )
        [signature] = file.signatureDefs
        self._inputs_by_name = by_name(signature.inputs)
        self._outputs_by_name = by_name(signature.outputs)
        self._axes = self._weight_axes()
        constants = _constants(file, self._graph)
        self._fixed = {index: tf.constant(c) for index, c in constants.items()}
        places = {*self._axes, *self._biases()} & constants.keys()
        self._trained = {i: self._learned(self._fixed.pop(i).numpy()) for i in sorted(places)}
        self._ranges = {i: self._learned(r) for i, r in _ranges(self._graph).items()}
        self.built = True

    def call(self, inputs):
        """Return the outputs by name for a batch of the inputs by name."""
        values = {index: self._constant(index, c) for index, c in self._fixed.items()}
        values |= {index: self._kernel(index) for index in self._trained}
        for name, index in self._inputs_by_name.items():
            values[index] = self._activation(index, inputs[name])
        for code, operator in self._steps:
            given = [values[int(index)] for index in operator.inputs if index >= 0]
            [index] = [int(output) for output in operator.outputs]
            values[index] = OPERATIONS[code](operator.builtinOptions, *given)
            if code not in SAME_GRID:
                values[index] = self._activation(index, values[index], self._limits(code, operator))
        return {name: values[index] for name, index in self._outputs_by_name.items()}

    def weights_by_buffer(self):
        """Return `{index of the buffer: weights}`, float32 arrays."""
        tensors = self._graph.tensors
        return {int(tensors[i].buffer): value().numpy() for i, value in self._trained.items()}

    def ranges(self):
        """Return `{index of the tensor: [low, high]}`, float32 arrays."""
        return {index: value().numpy() for index, value in self._ranges.items()}

    def _learned(self, value):
        """Return a function that gives the value with what was learned: in shares of its size."""
        size = float(np.sqrt(np.mean(value**2)))
        change = self.add_weight(shape=value.shape, initializer="zeros")
        return lambda: value + size * change

    def _weight_axes(self):
        """Return `{tensor of a kernel: axis of its channels}`."""
        found = ((WEIGHTS[code], o) for code, o in self._steps if code in WEIGHTS)
        return {int(operator.inputs[place]): axis for (place, axis), operator in found}

    def _biases(self):
        found = ((BIAS[code], o) for code, o in self._steps if code in BIAS)
        return [int(o.inputs[place]) for place, o in found if place < len(o.inputs)]

    def _kernel(self, index):
        weight = self._trained[index]()
        rounds = self._rounded and index in self._axes  # biases have 32 bits
        return symmetric(weight, self._axes[index]) if rounds else weight

    def _constant(self, index, value):
        if not (self._rounded and value.dtype.is_floating):
            return value
        return asymmetric(value, min(0.0, np.min(value)), max(1e-30, np.max(value)))

    def _limits(self, code, operator):
        """Return the ends of an output's grid where they are not its own to choose, or None."""
        source = self._ranges.get(int(operator.inputs[0]))
        if code == schema.BuiltinOperator.LEAKY_RELU and source is not None:
            return same_steps(*tf.unstack(source()), operator.builtinOptions.alpha)
        return OWN_GRID.get(code)

    def _activation(self, index, value, limits=None):
        if not (self._rounded and index in self._ranges):
            return value
        low, high = limits or tf.unstack(self._ranges[index]())
        return asymmetric(value, low, high)


def _ranges(graph):
    """Return `{tensor: [low, high]}` of the tensors that calibration has seen."""
    found = {}
    for index, tensor in enumerate(graph.tensors):
        seen = tensor.quantization
        if seen is not None and seen.min is not None and len(seen.min) == 1:
            ends = [min(0.0, seen.min[0]), max(1e-30, seen.max[0])]
            found[index] = np.array(ends, np.float32)
    return found


def _constants(file, graph):
    """Return `{tensor: array}` of what the file holds."""
    found = {}
    for index, tensor in enumerate(graph.tensors):
        data = file.buffers[tensor.buffer].data
        if data is not None and tensor.type in _DTYPES:
            found[index] = np.frombuffer(bytes(data), _DTYPES[tensor.type]).reshape(tensor.shape)
    return found
