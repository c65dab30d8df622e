"""Splits an endpoint into its noise and its network.

Quantized noise is garbage: int8 knows 256 normal numbers, and float16 coefficients move all of
them. So only the network is converted in the wanted mode; the noise always stays in float32, and
`merge.py` joins the two again. The seam is the name scope of `tfgen.sampling`.

For full-integer modes, there is a second seam: where a float is looked up by an integer, such as a
label's embedding or a token's code. The converter cannot calibrate integer inputs for int16x8 nor
loops at all, it quantizes one-hot vectors wrongly, and an integer is exact only if what decides on
it is not quantized to death. So what lies before stays on the side of the noise.
"""

import contextlib
import dataclasses
import re

import tensorflow as tf
from tfgen.export.calls import answers

from tfgen.sampling import SCOPE

_NOISE = re.compile(rf"(^|/){SCOPE}(_\d+)?/")
SEAM = f"{SCOPE}_input_"  # names of the network's inputs that the noise fills


_SHAPES = {"Shape", "ShapeN", "Size", "Rank"}  # of a tensor, whatever it holds
_LOOKED_UP = ("seed", "label")  # integers that the quantizers are known to get right
_LOOPS = {"While", "StatelessWhile"}
_NETWORK = _LOOPS | {"MatMul", "BatchMatMulV2", "Einsum", "Conv2D", "Conv2DBackpropInput",
                     "DepthwiseConv2dNative"}  # fmt: skip
_CALLS = _LOOPS | {"If", "StatelessIf", "PartitionedCall", "StatefulPartitionedCall"}


@dataclasses.dataclass(frozen=True)
class Split:
    """One endpoint at one batch size.

    Attributes:
        network: tf.function of the endpoint's own inputs (those that it needs) and of the noise;
            it returns the endpoint's outputs by name.
        noise: tf.function of the endpoint's inputs that returns `{seam input: noise}`; None for
            an endpoint without noise.
        inputs: names of the endpoint's inputs that the network needs itself.
        lookups: whether the side of the noise has more than noise.
        integers: those of them that are whole numbers, classes and seeds aside.
        loops: whether the network has a loop.
        hidden: whether noise is left in the network, drawn where it cannot be cut out.
        operations: those of the network, with the tracebacks of their making.
    """

    network: tf.types.experimental.PolymorphicFunction
    noise: tf.types.experimental.PolymorphicFunction | None
    inputs: tuple[str, ...]
    integers: tuple[str, ...]
    lookups: bool
    loops: bool
    hidden: bool
    operations: frozenset


def split(endpoint, batch_size, lookups=False):
    """Return the `Split` of `endpoint` with a static batch size.

    With `lookups`, floats that are looked up by integers count as noise.
    """
    names = list(endpoint.inputs)
    whole = _traced(endpoint, batch_size)
    inputs = dict(zip(names, whole.inputs[: len(names)], strict=True))
    looked_up = _looked_up(inputs.values()) if lookups else set()
    outputs = list(whole.structured_outputs.values())
    reached, cuts = _behind(outputs, looked_up)
    if _both_sides_compute(reached, cuts):
        looked_up = set()
        reached, cuts = _behind(outputs, looked_up)
    direct = {name: tensor for name, tensor in inputs.items() if tensor.op in reached}
    seams = {f"{SEAM}{i}": tensor for i, tensor in enumerate(cuts)}
    network = _pruned(whole, {**direct, **seams}, dict(whole.structured_outputs))
    noise = _pruned(whole, inputs, seams) if seams else None
    return Split(
        network,
        noise,
        tuple(direct),
        integers=tuple(n for n, t in direct.items() if t.dtype.is_integer and n not in _LOOKED_UP),
        lookups=any(tensor.name in looked_up for tensor in cuts),
        loops=any(operation.type in _LOOPS for operation in reached),
        hidden=_hides_noise(whole.graph),
        operations=frozenset(reached),
    )


def _traced(endpoint, batch_size):
    """Return the endpoint's wrapped function; noise in functions of its own comes to the top."""
    specs = [_static(name, spec, batch_size) for name, spec in endpoint.inputs.items()]

    def traced(*values):
        outputs = answers(endpoint, values)
        return {name: tf.identity(value) for name, value in outputs.items()}

    whole = tf.compat.v1.wrap_function(traced, specs)
    if not _hides_noise(whole.graph):
        return whole
    try:
        with _functions_inlined():
            return tf.compat.v1.wrap_function(traced, specs)
    except Exception:  # whatever their Python does outside of AutoGraph
        return whole


@contextlib.contextmanager
def _functions_inlined():
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)


def _hides_noise(graph):
    """Whether noise is drawn in a loop, a branch or a function, out of reach."""
    functions = graph.as_graph_def().library.function
    return any(_NOISE.search(node.name) for function in functions for node in function.node_def)


def _static(name, spec, batch_size):
    return tf.TensorSpec([batch_size, *spec.shape[1:]], spec.dtype, name=name)


def _looked_up(inputs):
    """Return the names of the floats that integers, which depend on `inputs`, have chosen."""
    found, seen, waiting = set(), set(), list(inputs)
    while waiting:
        tensor = waiting.pop()
        for operation in tensor.consumers():
            if operation.type in _SHAPES:
                continue
            passes = operation.type in _CALLS or _NOISE.search(operation.name)
            if tensor.dtype.is_integer and not passes:
                found |= {output.name for output in operation.outputs if output.dtype.is_floating}
            if operation.name not in seen:
                seen.add(operation.name)
                waiting += operation.outputs
    return found


def _behind(outputs, looked_up):
    """Return the operations behind `outputs`, up to the seam, and the tensors of the seam."""
    reached, cuts = set(), {}
    waiting = [tensor.op for tensor in outputs]
    while waiting:
        operation = waiting.pop()
        if operation in reached:
            continue
        reached.add(operation)
        for tensor in operation.inputs:
            if tensor.name in looked_up or _NOISE.search(tensor.op.name):
                cuts[tensor.name] = tensor
            else:
                waiting.append(tensor.op)
    return reached, list(cuts.values())


def _both_sides_compute(reached, cuts):
    """Whether the operations `reached` repeat a network that already stands before the seam."""
    before, _ = _behind([tensor for tensor in cuts if not _NOISE.search(tensor.op.name)], set())
    return any(operation.type in _NETWORK for operation in before & reached)


def _pruned(whole, feeds, fetches):
    """Return a tf.function from the named tensors `feeds` to the named tensors `fetches`."""
    part = whole.prune(list(feeds.values()), fetches)
    specs = [tf.TensorSpec(t.shape, t.dtype, name=name) for name, t in feeds.items()]
    return tf.function(lambda *values: part(*values), input_signature=specs, autograph=False)
