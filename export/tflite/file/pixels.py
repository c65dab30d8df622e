"""Images that leave a full-integer file as uint8 pixels, without a float in between."""

from ai_edge_litert import schema_py_generated as schema
from tfgen.export.tflite.file.packing import packed
from tfgen.export.tflite.file.parsed import by_name, opcode, parsed, steps


def with_pixels(file, ranges):
    """Return the int8 TFLite file with images as uint8, 0 black and 255 white.

    The converter ends the network with DEQUANTIZE, from int8 to float32. A QUANTIZE from int8 to
    uint8 takes its place. (Rounding and clipping inside the network would be quantized as well,
    and are off by 41/255; this is off by one step of the network's own output.)

    Args:
        file: bytes of a TFLite file with one signature.
        ranges: `{output: (black, white) in float}` of those outputs that are images.

    Raises:
        ValueError: one of them does not end in DEQUANTIZE.
    """
    model = parsed(file)
    signature = model.signatureDefs[0]
    outputs, graph = by_name(signature.outputs), model.subgraphs[signature.subgraphIndex]
    for name, value_range in ranges.items():
        last = _producer(model, graph, name, outputs[name])
        last.opcodeIndex = _quantize_code(model)
        last.builtinOptionsType = schema.BuiltinOptions.QuantizeOptions
        last.builtinOptions = schema.QuantizeOptionsT()
        tensor = graph.tensors[outputs[name]]
        tensor.type, tensor.quantization = schema.TensorType.UINT8, _quantization(*value_range)
    return packed(model)


def _producer(model, graph, name, index):
    for code, operator in steps(model, graph):
        if index in operator.outputs and code == schema.BuiltinOperator.DEQUANTIZE:
            return operator
    raise ValueError(
        f"The output {name!r} does not come from an int8 network: it cannot leave it as uint8 "
        "pixels. Leave out pixels."
    )


def _quantize_code(model):
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.QUANTIZE
    code.version = 1
    return opcode(model, code)


def _quantization(black, white):
    quantization = schema.QuantizationParametersT()
    quantization.scale = [(white - black) / 255]
    quantization.zeroPoint = [round(-black / (white - black) * 255)]
    return quantization
