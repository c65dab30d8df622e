"""Lets go of the gradients of what export traces, which nobody will ever ask for."""

import contextlib

from tensorflow.python.framework import ops

_PREFIX = "CustomGradient-"


@contextlib.contextmanager
def gradients_forgotten():
    """Remove the gradients that are registered in the block, when it ends.

    TensorFlow registers the gradient of each `tf.custom_gradient`, such as SiLU's, anew in every
    graph that is traced, for the life of the process, and the graph lives as long: some 5 MB an
    export of a small network.
    """
    registry = ops.gradient_registry._registry
    before = set(registry)
    try:
        yield
    finally:
        for name in set(registry) - before:
            if name.startswith(_PREFIX):
                del registry[name]
