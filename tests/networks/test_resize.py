import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.networks.resize import NearestResize, ResizeConv2D


def _noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("size", [(8, 14), (7, 13), (4, 7), (4, 14), (7, 7)])
def test_resize_equals_numpy_repeat(size):
    x = _noise(2, 4, 7, 3)
    expected = x
    for axis, n in enumerate(size, start=1):
        factor = 1 if n == x.shape[axis] else 2
        expected = expected.repeat(factor, axis).take(range(n), axis)
    np.testing.assert_array_equal(NearestResize(size)(x), expected)


@pytest.mark.parametrize("jit", [False, True])
@pytest.mark.parametrize("size", [(8, 14), (7, 13), (4, 13)])
def test_gradient_of_resize_equals_that_of_gathering(size, jit):
    x, upstream = tf.constant(_noise(2, 4, 7, 3)), tf.constant(_noise(2, *size, 3))

    def gathered(x):
        for axis, n in enumerate(size, start=1):
            factor = 1 if n == x.shape[axis] else 2
            x = tf.gather(x, np.arange(n) // factor, axis=axis)
        return x

    @tf.function(jit_compile=jit)
    def gradient(function, x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(function(x) * upstream)
        return tape.gradient(loss, x)

    received = gradient(NearestResize(size), x)
    np.testing.assert_allclose(received, gradient(gathered, x), rtol=1e-5, atol=1e-6)


def test_resize_refuses_sizes_that_do_not_double():
    images = np.zeros((1, 4, 4, 1), np.float32)
    for layer in (NearestResize((9, 8)), ResizeConv2D(1, (9, 8))):
        with pytest.raises(ValueError, match=r"\(size=\(9, 8\)\) received images of \(4, 4\)"):
            layer(images)


def _trained(layer, x, upstream, jit=False):
    """What a training step sees: outputs, and the gradients of inputs and weights."""

    @tf.function(jit_compile=jit)
    def step(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            outputs = layer(x, training=True)
            loss = tf.reduce_sum(tf.cast(outputs, tf.float32) * upstream)
        return outputs, *tape.gradient(loss, [x, *(v.value for v in layer.trainable_variables)])

    return [np.asarray(value, np.float32) for value in step(tf.constant(x))]


@pytest.mark.parametrize(
    ("size", "kernel_size", "jit"),
    [
        ((8, 14), 3, False),
        ((8, 14), 3, True),
        ((8, 14), (3, 1), False),
        ((8, 14), 5, False),
        ((7, 14), 3, False),
        ((8, 7), 3, False),
        ((4, 7), 3, True),
    ],
)
def test_training_and_inference_are_a_resize_and_a_convolution(size, kernel_size, jit):
    arguments = {"activation": "tanh", "bias_initializer": "normal"}
    layer = ResizeConv2D(5, size, kernel_size, **arguments)
    apart = keras.Sequential(
        [NearestResize(size), keras.layers.Conv2D(5, kernel_size, padding="same", **arguments)]
    )
    x, upstream = _noise(2, 4, 7, 3), _noise(2, *size, 5)
    layer(x), apart(x)
    apart.set_weights(layer.get_weights())
    np.testing.assert_array_equal(layer(x), apart(x))
    received, expected = (_trained(each, x, upstream, jit) for each in (layer, apart))
    for a, b in zip(received, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


def test_training_of_doubled_images_multiplies_about_half_as_often():
    layer = ResizeConv2D(16, (32, 32), use_bias=False)
    layer(np.zeros([1, 16, 16, 8], np.float32))

    def multiplications(training):
        step = tf.function(lambda x: layer(x, training=training))
        graph = step.get_concrete_function(tf.TensorSpec([1, 16, 16, 8])).graph
        options = tf.compat.v1.profiler.ProfileOptionBuilder.float_operation()
        options["output"] = "none"
        return tf.compat.v1.profiler.profile(graph, options=options).total_float_ops / 2

    assert multiplications(training=False) == pytest.approx(32 * 32 * 9 * 8 * 16, rel=0.1)
    assert multiplications(training=True) < 0.6 * multiplications(training=False)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_training_in_half_precision_is_near_float32(policy):
    layer = ResizeConv2D(4, (8, 8), dtype=policy)
    x, upstream = _noise(2, 4, 4, 3), _noise(2, 8, 8, 4)
    layer(x)
    full = ResizeConv2D(4, (8, 8))
    full(x)
    full.set_weights(layer.get_weights())
    assert layer(x, training=True).dtype == layer.compute_dtype
    for a, b in zip(_trained(layer, x, upstream), _trained(full, x, upstream), strict=True):
        np.testing.assert_allclose(a, b, rtol=0.05, atol=0.05 * np.abs(b).max())


def test_layer_travels_as_its_configuration():
    layer = ResizeConv2D(4, (8, 7), (3, 1), use_bias=False, name="up")
    again = ResizeConv2D.from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
