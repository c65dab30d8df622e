"""The latents of a seed, as an endpoint of their own."""

import keras
import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.endpoints import of_seeds

_WHOLE = 1e3  # a size that no coordinate reaches


class Latents(keras.Model):
    """A model without weights: its endpoint `latents` gives the normal latents of a seed.

    Args:
        size: length of z.
        truncated: whether it takes a `truncation`, the size that no coordinate exceeds.
    """

    def __init__(self, size, truncated=False):
        super().__init__(dtype="float32")
        self.size, self.truncated = size, truncated
        self.built = True

    def endpoints(self):
        """Return what the model offers to the outside: latents."""

        def latents(seed, truncation=None):
            """Draw the normal latents of each seed."""
            return {"z": sampling.normal(seed, (self.size,), truncation=truncation)}

        inputs = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        if not self.truncated:
            return {"latents": of_seeds(latents, inputs, lambda seeds: {"seed": seeds})}
        inputs["truncation"] = tf.TensorSpec([None], tf.float32)
        whole = {"truncation": _WHOLE}
        return {"latents": of_seeds(latents, inputs, lambda seeds: {"seed": seeds}, defaults=whole)}


def decoded_latents(endpoints, examples):
    """Return the size of z, or None where `decode` does not draw from it what `generate` draws.

    Args:
        endpoints: `{name: Endpoint}`, with `generate`.
        examples: inputs of `generate`, with a seed and without those that have a default.
    """
    generate, decode = endpoints["generate"], endpoints.get("decode")
    if decode is None or set(decode.inputs) - set(decode.defaults) != {"z", *examples} - {"seed"}:
        return None
    shape = decode.inputs["z"].shape
    if shape.rank != 2 or shape[1] is None:
        return None
    labels = {name: value for name, value in examples.items() if name != "seed"}
    limits = [{"truncation": tf.fill([len(examples["seed"])], 0.7)}]  # and none at all
    for limit in ({}, *(limits if "truncation" in generate.inputs else ())):
        z = sampling.normal(examples["seed"], (shape[1],), **limit)
        drawn, decoded = generate(**examples, **limit), decode(z=z, **labels)
        if drawn.keys() != decoded.keys() or not all(
            np.allclose(drawn[name], decoded[name], atol=1e-4) for name in drawn
        ):
            return None
    return int(shape[1])
