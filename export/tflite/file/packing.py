"""Packs a TFLite file into few bytes: equal parts are written once, inner names are numbers.

A small generator's file is mostly noise, 130 operations of it, and a second signature repeats the
first one's graph. Neither may cost more than the network's weights.
"""

import collections

import flatbuffers
import numpy as np
from tfgen.export.tflite.file.parsed import by_name


def packed(model):
    """Return the bytes of a parsed TFLite file, which is changed by it."""
    shared, numbers = {}, {}
    for index, graph in enumerate(model.subgraphs):
        for tensor in graph.tensors:
            tensor.shape = _numbers(tensor.shape)
            tensor.quantization = _share(shared, _quantization(tensor))
        _name_tensors(graph, _end_names(model, index), numbers)
        graph.tensors = [_share(shared, tensor) for tensor in graph.tensors]
        for operator in graph.operators:
            operator.builtinOptions = _share(shared, operator.builtinOptions)
            operator.inputs, operator.outputs = map(_numbers, (operator.inputs, operator.outputs))
            operator.intermediates = operator.mutatingVariableInputs = None
        graph.operators = [_share(shared, operator) for operator in graph.operators]
    builder = _Builder(1024)
    builder.Finish(model.Pack(builder), file_identifier=b"TFL3")
    return bytes(builder.Output())


class _Builder(flatbuffers.Builder):
    """Writes equal vectors once: shapes, operands, scales and zero points repeat themselves."""

    def __init__(self, size):
        super().__init__(size)
        self._vectors = {}

    def CreateNumpyVector(self, x):  # noqa: N802 (the library's name)
        key = (x.dtype.str, x.tobytes())
        if key not in self._vectors:
            self._vectors[key] = super().CreateNumpyVector(x)
        return self._vectors[key]


class _Once:
    """Packs a part once; whoever packs it again gets the place of the first bytes."""

    def __init__(self, part):
        self.part, self._place = part, None

    def Pack(self, builder):  # noqa: N802 (the schema's name)
        if self._place is None:
            self._place = self.part.Pack(builder)
        return self._place


def _numbers(indices):
    """Return a list of the schema's as an array, which is the kind that the builder shares."""
    return None if indices is None else np.asarray(indices, np.int32)


def _share(shared, part):
    return None if part is None else shared.setdefault(_content(part), _Once(part))


def _content(value):
    """Return what a part of the schema says, as a value that compares and hashes."""
    if isinstance(value, _Once):
        return id(value)
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, list | tuple):
        return tuple(map(_content, value))
    if hasattr(value, "__dict__"):
        return (type(value).__name__, *((key, _content(v)) for key, v in vars(value).items()))
    return value


def _end_names(model, graph):
    """Return `{tensor: name}` of the inputs and outputs of a subgraph, as its signature has them.

    Where an output is called like an input, it gets a name of its own.
    """
    for signature in model.signatureDefs or []:
        if signature.subgraphIndex == graph:
            inputs, outputs = by_name(signature.inputs), by_name(signature.outputs)
            taken = {name: f"{name}_out" if name in inputs else name for name in outputs}
            named = {index: taken[name] for name, index in outputs.items()}
            return named | {index: name for name, index in inputs.items()}
    return {}


def _name_tensors(graph, ends, numbers):
    """Give every tensor of a subgraph a name that no other has there, as short as can be.

    Readers other than LiteRT tell tensors apart by their names. The n-th of equal tensors has the
    same name in every subgraph, so that it is written once: `numbers` is `{(tensor, n): name}`.
    """
    seen = collections.Counter()
    for index, tensor in enumerate(graph.tensors):
        tensor.name = None
        content = _content(tensor)
        seen[content] += 1
        number = numbers.setdefault((content, seen[content]), str(len(numbers)))
        tensor.name = ends.get(index, number)


def _quantization(tensor):
    """Return the quantization, without what only the converter reads; None for a float tensor."""
    found = tensor.quantization
    if found is None:
        return None
    in_blocks = found.details is not None  # whose scales are a tensor
    if not in_blocks and (found.scale is None or not len(found.scale)):
        return None
    found.min = found.max = None
    return found
