"""The latents of a seed, as an endpoint of their own."""

import keras
import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.endpoints import Endpoint


class Latents(keras.Model):
    """A model without weights: its endpoint `latents` gives the normal latents of a seed.

    Args:
        size: length of z.
    """

    def __init__(self, size):
        super().__init__(dtype="float32")
        self.size = size
        self.built = True

    def endpoints(self):
        """Return what the model offers to the outside: latents."""

        def latents(seed):
            return {"z": sampling.normal(seed, (self.size,))}

        def examples(count, seed):
            return {"seed": np.asarray(sampling.seeds(seed, count))}

        return {
            "latents": Endpoint(latents, {"seed": tf.TensorSpec([None, 2], tf.int32)}, examples)
        }


def decoded_latents(endpoints, examples, pictures):
    """Return the size of z, or None where `pictures` are not those that `decode` makes of it.

    Args:
        endpoints: `{name: Endpoint}`, with `generate`.
        examples: inputs of `generate`, with a seed.
        pictures: what it makes of them, [count, h, w, c].
    """
    decode = endpoints.get("decode")
    if decode is None or set(decode.inputs) != {"z", *examples} - {"seed"}:
        return None
    shape = decode.inputs["z"].shape
    if shape.rank != 2 or shape[1] is None:
        return None
    labels = {name: value for name, value in examples.items() if name != "seed"}
    decoded = [*decode(z=sampling.normal(examples["seed"], (shape[1],)), **labels).values()]
    same = len(decoded) == 1 and np.shape(decoded[0]) == np.shape(pictures)
    return int(shape[1]) if same and np.allclose(decoded[0], pictures, atol=1e-4) else None
