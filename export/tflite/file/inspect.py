"""What a TFLite file contains, and whether a device will run it."""

import collections
import dataclasses
import os
from pathlib import Path

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from tfgen.export.tflite.file.metadata import metadata_of
from tfgen.export.tflite.file.parsed import operation_name, parsed, steps

_MAX_DIMENSIONS = 4


@dataclasses.dataclass(frozen=True)
class Tensor:
    """One input or output: its static shape and the name of its dtype."""

    shape: tuple[int, ...]
    dtype: str


@dataclasses.dataclass(frozen=True)
class Signature:
    """One callable of a file, with its inputs and outputs by name."""

    inputs: dict[str, Tensor]
    outputs: dict[str, Tensor]


@dataclasses.dataclass(frozen=True)
class Inspection:
    """What `inspect` found.

    Attributes:
        name: the name of the file.
        bytes: its size.
        signatures: `{name: Signature}`.
        operations: `{builtin operation: how many}`, over all signatures.
        warnings: what may fail on some devices, one line each.
        metadata: what the file says of itself: model class, mode, recipe, licence, inputs with
            their ranges, and how seeds are used; None for a file that tfgen did not write.
    """

    name: str
    bytes: int
    signatures: dict[str, Signature]
    operations: dict[str, int]
    warnings: list[str]
    metadata: dict | None = None


def inspect(path: str | os.PathLike) -> Inspection:
    """Return the `Inspection` of a TFLite file, after running each of its signatures once.

    Raises:
        ValueError: the file is not TFLite or is cut off, needs custom or Flex operations (which
            devices lack), has no signatures, or answers NaN.

    Example:
        >>> import tempfile, tfgen
        >>> from tfgen import losses, networks
        >>> generator, discriminator = networks.mlp((4,), (2,)), networks.mlp((2,), (1,))
        >>> gan = tfgen.GAN(generator, discriminator, latent_dim=4, loss=losses.hinge)
        >>> with tempfile.TemporaryDirectory() as directory:
        ...     [path] = tfgen.export.to_tflite(gan, directory, ["float32"], endpoints="decode")
        ...     found = inspect(path)
        >>> list(found.signatures), found.metadata["mode"]
        (['decode'], 'float32')
    """
    path = Path(path)
    return inspect_bytes(path.read_bytes(), path.name)


def inspect_bytes(content: bytes, name: str, examples=None) -> Inspection:
    """Return the `Inspection` of the bytes of a TFLite file called `name`.

    `examples` are inputs to run, `{signature: {input: array [count, ...]}}`; by default numbers
    between 0 and 1.
    """
    model = _parsed(content, name)
    operations = _operations(model, name)
    interpreter = _interpreter(content, name)
    signatures = {}
    for key in interpreter.get_signature_list():
        runner = interpreter.get_signature_runner(key)
        inputs = _tensors(runner.get_input_details())
        outputs = _tensors(runner.get_output_details())
        signatures[key] = Signature(inputs, outputs)
        _refuse_nan(runner, inputs, (examples or {}).get(key), f"{name}, signature {key!r}")
    if not signatures:
        raise ValueError(f"{name} has no signatures: expected named ones. Export it with tfgen.")
    return Inspection(name, len(content), signatures, operations, _warnings(model),
                      metadata_of(model))  # fmt: skip


def _parsed(content, name):
    if content[4:8] != b"TFL3":
        raise ValueError(
            f"{name} does not start like a TFLite file: bytes 4 to 8 are {bytes(content[4:8])!r}, "
            "expected b'TFL3'. Give the path of a .tflite file."
        )
    _interpreter(content, name)  # verifies every offset in C++; the parser below trusts them
    return parsed(content)


def _interpreter(content, name):
    try:
        return Interpreter(model_content=bytes(content), num_threads=1)
    except (ValueError, RuntimeError) as error:
        line = " ".join(str(error).split())
        raise ValueError(
            f"{name} ({len(content)} bytes) cannot be loaded: it is cut off or damaged ({line}). "
            "Export it again."
        ) from error


def _operations(model, name):
    """Count the operations; refuse those that are not built in."""
    custom = sorted(c.customCode.decode() for c in model.operatorCodes if c.customCode is not None)
    if custom:
        raise ValueError(
            f"{name} needs {', '.join(custom)}: expected builtin TFLite operations only, for "
            "devices have no others. Replace them in the endpoint's function."
        )
    _refuse_quantized_one_hot(model, name)
    used = (operation_name(code) for graph in model.subgraphs for code, _ in steps(model, graph))
    return dict(collections.Counter(used).most_common())


def _refuse_quantized_one_hot(model, name):
    """The converter gives ONE_HOT's constants one scale and its output another: wrong numbers."""
    quantized = (schema.TensorType.INT8, schema.TensorType.INT16)
    for graph in model.subgraphs:
        for code, operator in steps(model, graph):
            one_hot = code == schema.BuiltinOperator.ONE_HOT
            if one_hot and graph.tensors[operator.outputs[0]].type in quantized:
                raise ValueError(
                    f"{name} has a quantized ONE_HOT, which answers wrong numbers. Look the label "
                    "up instead: keras.layers.Embedding, or tf.gather(tf.eye(classes), label)."
                )


def _tensors(details):
    return {
        name: Tensor(tuple(int(n) for n in d["shape"]), np.dtype(d["dtype"]).name)
        for name, d in details.items()
    }


def _refuse_nan(runner, inputs, examples, what):
    values = {name: _example(name, tensor, examples) for name, tensor in inputs.items()}
    for name, output in runner(**values).items():
        if np.issubdtype(output.dtype, np.floating) and np.isnan(output).any():
            raise ValueError(
                f"{what} answers NaN in {name!r}: the weights are missing or the numbers overflow."
            )


def _example(name, tensor, examples):
    if examples is not None:
        return np.asarray(examples[name][: tensor.shape[0]], tensor.dtype)
    if tensor.dtype.startswith("float"):
        return np.random.default_rng(0).uniform(size=tensor.shape).astype(tensor.dtype)
    return np.zeros(tensor.shape, tensor.dtype)


def _warnings(model):
    found = []
    for index, graph in enumerate(model.subgraphs):
        large = [t for t in graph.tensors if t.shape is not None and len(t.shape) > _MAX_DIMENSIONS]
        if large:
            found.append(
                f"subgraph {index} has {len(large)} tensors above {_MAX_DIMENSIONS}-D (first: "
                f"{_label(large[0])}): accelerators and quantizers may refuse them"
            )
    return found


def _label(tensor):
    return tensor.name.decode() if tensor.name else f"of shape {[int(n) for n in tensor.shape]}"
