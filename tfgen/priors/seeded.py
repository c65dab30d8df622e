"""Endpoints that make something of a seed, and of a label where there are classes."""

import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.endpoints import Endpoint
from tfgen.labels import example_labels, label_input


def seeded_endpoint(function, num_classes):
    """Return the `Endpoint` of a function of `seed` and, where there are classes, `label`."""
    inputs = {"seed": tf.TensorSpec([None, 2], tf.int32), **label_input(num_classes)}

    def examples(count, seed):
        seeds = np.asarray(sampling.seeds(seed, count))
        return {"seed": seeds, **example_labels(num_classes, count)}

    return Endpoint(function, inputs, examples)
