"""Joins TFLite files: the noise of an endpoint with its network, and endpoints with each other.

Endpoints are converted one by one, since the converter's int16x8 quantizer corrupts weights that
two signatures share. Here they share them again: buffers of equal content are kept once.
"""

import copy

from ai_edge_litert import schema_py_generated as schema
from tfgen.export.tflite.file.packing import packed
from tfgen.export.tflite.file.parsed import by_name, opcode, parsed, serialized


def with_noise(network, noise, order):
    """Return the file `network` with some of its inputs computed by the file `noise`.

    Args:
        network: bytes of a TFLite file with one signature.
        noise: bytes of one with one signature, whose outputs are named like inputs of `network`.
        order: names of the inputs of the result.
    """
    target, source = _Target(parsed(network)), parsed(noise)
    signature, given = target.model.signatureDefs[0], source.signatureDefs[0]
    graph, extra = (m.subgraphs[s.subgraphIndex] for m, s in
                    ((target.model, signature), (source, given)))  # fmt: skip
    inputs = by_name(signature.inputs)
    named = {**by_name(given.inputs), **by_name(given.outputs)}
    places, same = {}, {}  # same: inputs that the converter has found to be one
    for name in sorted(named.keys() & inputs.keys()):
        same[inputs[name]] = places.setdefault(named[name], inputs[name])
    for index, tensor in enumerate(extra.tensors):
        if index not in places:
            places[index] = len(graph.tensors)
            graph.tensors.append(target.tensor(tensor, source))
    offset = len(target.model.subgraphs) - 1  # the first subgraph of a file is the signature's own
    for operator in graph.operators:
        operator.inputs = [same.get(index, index) for index in operator.inputs]
    moved = [target.operator(operator, source, offset) for operator in extra.operators]
    target.take_subgraphs(source, source.subgraphs[1:], offset)
    for operator in moved:  # -1 stands for an optional input left out
        operator.inputs = [places.get(index, index) for index in operator.inputs]
        operator.outputs = [places[index] for index in operator.outputs]
    graph.operators = [*moved, *graph.operators]
    inputs = {name: places[index] for name, index in by_name(given.inputs).items()} | inputs
    signature.inputs = [_tensor_map(name, inputs[name]) for name in order]
    graph.inputs = [inputs[name] for name in order]
    return serialized(target.model)


def joined(files):
    """Return one TFLite file with a signature per file of `{signature: bytes}`.

    Every file has one signature, of any name. Buffers of equal content are shared.
    """
    models = {name: parsed(file) for name, file in files.items()}
    for name, model in models.items():
        model.signatureDefs[0].signatureKey = name
    first, *rest = models.values()
    target = _Target(first)
    for source in rest:
        offset = len(first.subgraphs)
        target.take_subgraphs(source, source.subgraphs, offset)
        for signature in source.signatureDefs:
            signature.subgraphIndex += offset
        first.signatureDefs += source.signatureDefs
    return packed(first)


class _Target:
    """A parsed file that takes in parts of others."""

    def __init__(self, model):
        self.model = model
        self._buffers = {_content(b): i for i, b in reversed([*enumerate(model.buffers)])}

    def take_subgraphs(self, source, graphs, offset):
        """Append subgraphs, such as the bodies of loops, whose indices move by `offset`."""
        for graph in graphs:
            graph.tensors = [self.tensor(tensor, source) for tensor in graph.tensors]
            graph.operators = [self.operator(o, source, offset) for o in graph.operators]
        self.model.subgraphs += graphs

    def tensor(self, tensor, source):
        tensor, buffer = copy.copy(tensor), source.buffers[tensor.buffer]
        tensor.buffer = self._buffers.setdefault(_content(buffer), len(self.model.buffers))
        if tensor.buffer == len(self.model.buffers):
            self.model.buffers.append(buffer)
        return tensor

    def operator(self, operator, source, offset=0):
        """Copy an operator; the subgraphs that it calls have moved by `offset`."""
        operator, options = copy.copy(operator), copy.copy(operator.builtinOptions)
        operator.opcodeIndex = opcode(self.model, source.operatorCodes[operator.opcodeIndex])
        for field in vars(options) if options else ():
            if field.lower().endswith("subgraphindex"):
                setattr(options, field, getattr(options, field) + offset)
        operator.builtinOptions = options
        return operator


def _content(buffer):
    return b"" if buffer.data is None else bytes(buffer.data)


def _tensor_map(name, index):
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = name, index
    return entry
