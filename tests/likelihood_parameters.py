"""Random parameters for likelihoods, and what they should come to."""

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

UNIT, SYMMETRIC = (0.0, 1.0), (-1.0, 1.0)


def draw(likelihood, batch=3, height=4, width=5, channels=2, seed=0, spread=1.0):
    """Random parameters for images of the given size."""
    shape = [batch, height, width, channels * likelihood.parameters_per_channel]
    values = np.random.default_rng(seed).normal(scale=spread, size=shape)
    return tf.constant(values, tf.float32)


def softplus(raw):
    return np.logaddexp(0.0, np.asarray(raw, np.float64))


def levels(likelihood, count):
    return np.linspace(*likelihood.value_range, count).astype("float32")


def mass(likelihood, parameters, count):
    """Probability of every level for each row of parameters: `[rows, count]`."""
    rows = tf.repeat(tf.constant(parameters, tf.float32), count, axis=0)
    values = np.tile(levels(likelihood, count), len(parameters))[:, None]
    log_prob = likelihood(rows).log_prob(values)
    return np.exp(np.asarray(log_prob, np.float64)).reshape(len(parameters), count)


def in_tflite(function, array):
    """The answer of a function of one tensor, converted to builtin TFLite operations."""
    traced = tf.function(function).get_concrete_function(tf.TensorSpec(array.shape, array.dtype))
    content = tf.lite.TFLiteConverter.from_concrete_functions([traced]).convert()
    interpreter = Interpreter(model_content=content)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], array)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
