"""How exported functions call their endpoints."""

import tensorflow as tf

from tfgen.endpoints import Endpoint


def answers(endpoint: Endpoint, values) -> dict[str, tf.Tensor]:
    """Return the outputs of an endpoint for values in the order of its inputs.

    Keras counts negative labels from the last class on. Here they become too large ones, which
    runtimes refuse, so that no label ever draws another class.
    """
    inputs = dict(zip(endpoint.inputs, values, strict=True))
    if "label" in inputs:
        label = inputs["label"]
        inputs["label"] = tf.where(label < 0, label.dtype.max, label)
    return endpoint(**inputs)
