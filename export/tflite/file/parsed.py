"""The one place where TFLite files are read, and where their parts are found by what they mean."""

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

_NAMES = {code: name for name, code in vars(schema.BuiltinOperator).items() if name[0] != "_"}


def parsed(content):
    """Return the bytes of a TFLite file as objects of its schema, `schema.ModelT`.

    The parser trusts every offset: bytes of others go through an interpreter first.
    """
    return flatbuffer_utils.read_model_from_bytearray(bytearray(content))


def serialized(model):
    """Return the bytes of a parsed file, with all names, as quantizers want it."""
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def codes(model):
    """Return what each entry of the file's table of operations is, a list of `BuiltinOperator`."""
    return [max(code.builtinCode, code.deprecatedBuiltinCode) for code in model.operatorCodes]


def steps(model, graph):
    """Return the operators of a subgraph in their order: `[(BuiltinOperator, operator)]`."""
    known = codes(model)
    return [(known[operator.opcodeIndex], operator) for operator in graph.operators]


def operation_name(code):
    """Return the name of a `BuiltinOperator`, such as "CONV_2D"."""
    return _NAMES.get(code, f"operation {code}")


def opcode(model, code):
    """Return the place of an `OperatorCodeT` in the file's table, after adding it if need be."""
    for index, known in enumerate(model.operatorCodes):
        if vars(known) == vars(code):
            return index
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1


def by_name(entries):
    """Return `{name: index of the tensor}` of a signature's inputs or outputs."""
    return {entry.name.decode(): int(entry.tensorIndex) for entry in entries}


def output_names(model):
    """Return `{signature: names of its outputs}`."""
    return {
        signature.signatureKey.decode(): list(by_name(signature.outputs))
        for signature in model.signatureDefs
    }


def add_buffer(model, data):
    """Return the place of a new buffer with `data`, uint8 `[bytes]`."""
    buffer = schema.BufferT()
    buffer.data = data
    model.buffers.append(buffer)
    return len(model.buffers) - 1
