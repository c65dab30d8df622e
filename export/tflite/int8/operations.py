"""TFLite's operations as differentiable functions of TensorFlow: those of networks that draw.

A function takes the operator's options and its inputs, `[batch, ...]` where they are no constants.
"""

import tensorflow as tf
from ai_edge_litert.schema_py_generated import ActivationFunctionType, BuiltinOperator, Padding

_ACTIVATIONS = {
    ActivationFunctionType.NONE: tf.identity,
    ActivationFunctionType.RELU: tf.nn.relu,
    ActivationFunctionType.RELU6: tf.nn.relu6,
    ActivationFunctionType.TANH: tf.tanh,
}


def _fused(function):
    """Return the function with the activation that its options name behind it."""
    return lambda options, *inputs: _ACTIVATIONS[options.fusedActivationFunction](
        function(options, *inputs)
    )


def _fully_connected(options, x, weights, bias=0.0):
    x = x if options.keepNumDims else tf.reshape(x, [-1, weights.shape[1]])
    return tf.matmul(x, weights, transpose_b=True) + bias


def _convolution(options, x, kernel, bias=0.0):
    strides = [options.strideH, options.strideW]
    dilations = [options.dilationHFactor, options.dilationWFactor]
    kernel = tf.transpose(kernel, [1, 2, 3, 0])
    return tf.nn.conv2d(x, kernel, strides, _padding(options), dilations=dilations) + bias


def _transposed_convolution(options, shape, kernel, x, bias=0.0):
    shape = tf.concat([tf.shape(x)[:1], shape[1:]], axis=0)
    strides = [options.strideH, options.strideW]
    kernel = tf.transpose(kernel, [1, 2, 0, 3])
    return tf.nn.conv2d_transpose(x, kernel, shape, strides, _padding(options)) + bias


def _padding(options):
    return "SAME" if options.padding == Padding.SAME else "VALID"


def _reshape(options, x, shape):
    return tf.reshape(x, tf.concat([[-1], shape[1:]], axis=0))  # the batch is of any size


def _resize_nearest(options, x, size):
    return tf.raw_ops.ResizeNearestNeighbor(
        images=x,
        size=size,
        align_corners=options.alignCorners,
        half_pixel_centers=options.halfPixelCenters,
    )


def _gelu(options, x):
    return tf.nn.gelu(x, options.approximate)


def _mean(options, x, axes):
    return tf.reduce_mean(x, axes, keepdims=options.keepDims)


def _plain(function):
    return lambda options, *inputs: function(*inputs)


OPERATIONS = {
    BuiltinOperator.FULLY_CONNECTED: _fused(_fully_connected),
    BuiltinOperator.CONV_2D: _fused(_convolution),
    BuiltinOperator.TRANSPOSE_CONV: _fused(_transposed_convolution),
    BuiltinOperator.ADD: _fused(_plain(tf.add)),
    BuiltinOperator.SUB: _fused(_plain(tf.subtract)),
    BuiltinOperator.MUL: _fused(_plain(tf.multiply)),
    BuiltinOperator.SQUARED_DIFFERENCE: _plain(tf.math.squared_difference),
    BuiltinOperator.SQUARE: _plain(tf.square),
    BuiltinOperator.NEG: _plain(tf.negative),
    BuiltinOperator.RSQRT: _plain(tf.math.rsqrt),
    BuiltinOperator.MEAN: _mean,
    BuiltinOperator.LEAKY_RELU: lambda options, x: tf.nn.leaky_relu(x, options.alpha),
    BuiltinOperator.RELU: _plain(tf.nn.relu),
    BuiltinOperator.GELU: _gelu,
    BuiltinOperator.LOGISTIC: _plain(tf.sigmoid),
    BuiltinOperator.TANH: _plain(tf.tanh),
    BuiltinOperator.RESHAPE: _reshape,
    BuiltinOperator.TILE: _plain(tf.tile),
    BuiltinOperator.RESIZE_NEAREST_NEIGHBOR: _resize_nearest,
}

# Where the weights stand among the inputs, and the axis whose slices have a step of int8 each.
WEIGHTS = {
    BuiltinOperator.FULLY_CONNECTED: (1, None),
    BuiltinOperator.CONV_2D: (1, 0),
    BuiltinOperator.TRANSPOSE_CONV: (1, 0),
}
BIAS = {operation: 3 if operation == BuiltinOperator.TRANSPOSE_CONV else 2 for operation in WEIGHTS}

# Outputs have the input's grid, or one that TFLite prescribes.
SAME_GRID = {
    BuiltinOperator.RESHAPE,
    BuiltinOperator.TILE,
    BuiltinOperator.RESIZE_NEAREST_NEIGHBOR,
}
OWN_GRID = {
    BuiltinOperator.LOGISTIC: (0.0, 255 / 256),
    BuiltinOperator.TANH: (-1.0, 127 / 128),
}
