"""Splits an endpoint into its noise and its network.

Quantized noise is garbage: int8 knows 256 normal numbers, and float16 coefficients move all of
them. So only the network is converted in the wanted mode; the noise always stays in float32, and
`merge.py` joins the two again. The seam is the name scope of `tfgen.sampling`.
"""

import dataclasses
import re

import tensorflow as tf

from tfgen.sampling import SCOPE

_NOISE = re.compile(rf"(^|/){SCOPE}(_\d+)?/")
SEAM = f"{SCOPE}_input_"  # names of the network's inputs that the noise fills


@dataclasses.dataclass(frozen=True)
class Split:
    """One endpoint at one batch size.

    Attributes:
        network: tf.function of the endpoint's own inputs (those that it needs) and of the noise;
            it returns the endpoint's outputs by name.
        noise: tf.function of the endpoint's inputs that returns `{seam input: noise}`; None for
            an endpoint without noise.
        inputs: names of the endpoint's inputs that the network needs itself.
    """

    network: tf.types.experimental.PolymorphicFunction
    noise: tf.types.experimental.PolymorphicFunction | None
    inputs: tuple[str, ...]


def split(endpoint, batch_size):
    """Return the `Split` of `endpoint` with a static batch size."""
    specs = [_static(name, spec, batch_size) for name, spec in endpoint.inputs.items()]
    names = list(endpoint.inputs)

    def traced(*values):
        outputs = endpoint(**dict(zip(names, values, strict=True)))
        return {name: tf.identity(value) for name, value in outputs.items()}

    whole = tf.compat.v1.wrap_function(traced, specs)
    inputs = dict(zip(names, whole.inputs[: len(names)], strict=True))
    reached, cuts = _behind(whole.structured_outputs.values())
    direct = {name: tensor for name, tensor in inputs.items() if tensor.op.name in reached}
    seams = {f"{SEAM}{i}": tensor for i, tensor in enumerate(cuts)}
    network = _pruned(whole, {**direct, **seams}, dict(whole.structured_outputs))
    noise = _pruned(whole, inputs, seams) if seams else None
    return Split(network, noise, tuple(direct))


def _static(name, spec, batch_size):
    return tf.TensorSpec([batch_size, *spec.shape[1:]], spec.dtype, name=name)


def _behind(outputs):
    """Return the names of the operations behind `outputs`, up to the noise, and its tensors."""
    reached, cuts = set(), {}
    waiting = [tensor.op for tensor in outputs]
    while waiting:
        operation = waiting.pop()
        if operation.name in reached:
            continue
        reached.add(operation.name)
        for tensor in operation.inputs:
            if _NOISE.search(tensor.op.name):
                cuts[tensor.name] = tensor
            else:
                waiting.append(tensor.op)
    return reached, list(cuts.values())


def _pruned(whole, feeds, fetches):
    """Return a tf.function from the named tensors `feeds` to the named tensors `fetches`."""
    part = whole.prune(list(feeds.values()), fetches)
    specs = [tf.TensorSpec(t.shape, t.dtype, name=name) for name, t in feeds.items()]
    return tf.function(lambda *values: part(*values), input_signature=specs, autograph=False)
