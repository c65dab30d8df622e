"""Endpoints that make something of a seed, and of a label where there are classes."""

import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.endpoints import Endpoint


def seeded_endpoint(function, num_classes):
    """Return the `Endpoint` of a function of `seed` and, where there are classes, `label`."""
    inputs = {"seed": tf.TensorSpec([None, 2], tf.int32)}
    if num_classes is not None:
        inputs["label"] = tf.TensorSpec([None], tf.int32)

    def examples(count, seed):
        drawn = {"seed": np.asarray(sampling.seeds(seed, count))}
        if num_classes is not None:
            drawn["label"] = np.arange(count, dtype=np.int32) % num_classes
        return drawn

    return Endpoint(function, inputs, examples)
