"""Simulated rounding against its closed form."""

import numpy as np
import pytest
import tensorflow as tf
from tfgen.export.tflite.int8.fake_quantization import asymmetric, symmetric


def _numbers(count=1000):
    return np.random.default_rng(0).normal(size=count).astype(np.float32)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 2.0), (0.0, 3.0), (-2.0, 0.0), (-0.37, 1.93)])
def test_activations_lie_on_a_grid_with_zero(low, high):
    x = _numbers()
    step = (high - low) / 255
    zero_point = np.round(-low / step)
    expected = (np.clip(np.round(x / step) + zero_point, 0, 255) - zero_point) * step
    np.testing.assert_allclose(asymmetric(tf.constant(x), low, high), expected, atol=1e-6)
    assert float(asymmetric(tf.constant(0.0), low, high)) == 0.0


def test_activations_agree_with_tensorflows_rounding():
    x = tf.constant(_numbers())
    expected = tf.quantization.fake_quant_with_min_max_args(x, -0.37, 1.93)
    np.testing.assert_allclose(asymmetric(x, -0.37, 1.93), expected, atol=1e-6)


def test_the_gradient_is_one_inside_and_zero_outside():
    x = tf.constant([-9.0, -1.1, -0.9, 0.0, 0.013, 1.9, 2.1, 9.0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(asymmetric(x, -1.0, 2.0))
    np.testing.assert_array_equal(tape.gradient(y, x), [0, 0, 1, 1, 1, 1, 0, 0])


def test_the_ends_get_the_gradient_of_what_is_cut_off():
    low, high = tf.constant(-1.0), tf.constant(2.0)
    for value, expected in ((9.0, (0.0, 1.0)), (-9.0, (1.0, 0.0))):
        with tf.GradientTape() as tape:
            tape.watch([low, high])
            y = asymmetric(tf.constant(value), low, high)
        np.testing.assert_allclose(tape.gradient(y, [low, high]), expected, atol=0.01)


def test_each_channel_of_weights_has_a_step_of_its_own():
    weights = _numbers().reshape(10, 10, 10) * np.arange(1, 11, dtype=np.float32)[:, None, None]
    steps = np.abs(weights).max(axis=(1, 2), keepdims=True) / 127
    expected = np.round(weights / steps) * steps
    np.testing.assert_allclose(symmetric(tf.constant(weights), 0), expected, rtol=1e-5, atol=1e-6)
    whole = symmetric(tf.constant(weights))
    assert np.abs(np.unique(np.round(whole / np.abs(weights).max() * 127))).max() == 127


def test_the_gradient_of_weights_is_one_everywhere():
    weights = tf.constant(_numbers(100).reshape(10, 10))
    for axis in (None, 0, 1):
        with tf.GradientTape() as tape:
            tape.watch(weights)
            y = tf.reduce_sum(symmetric(weights, axis))
        np.testing.assert_array_equal(tape.gradient(y, weights), np.ones([10, 10]))


@pytest.mark.parametrize("function", [symmetric, lambda x: asymmetric(x, -0.37, 1.93)])
def test_rounding_twice_is_rounding_once(function):
    once = function(tf.constant(_numbers()))
    np.testing.assert_allclose(function(once), once, atol=1e-6)


def test_weights_of_zero_stay_zero():
    np.testing.assert_array_equal(symmetric(tf.zeros([3, 2]), 0), np.zeros([3, 2]))
