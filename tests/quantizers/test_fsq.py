"""Finite scalar quantisation, by hand."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from tfgen.quantizers import FSQ


def test_grid_is_even_and_symmetric_and_indices_count_in_mixed_radix():
    codes = FSQ((3, 2, 4)).lookup(np.arange(24)).numpy()
    third = 1 / 3
    grids = [(-1, 0, 1), (-1, 1), (-1, -third, third, 1)]
    expected = [code[::-1] for code in itertools.product(*grids[::-1])]  # first channel fastest
    np.testing.assert_allclose(codes, expected, atol=1e-7)


@pytest.mark.parametrize("levels", [(2,), (3, 2), (8, 5, 5, 5), (2, 7)])
def test_every_code_comes_back_as_itself(levels):
    fsq = FSQ(levels, squash=False)
    indices = np.arange(fsq.codebook_size, dtype=np.int32)
    codes = fsq.lookup(indices)
    np.testing.assert_array_equal(fsq(codes).indices, indices)
    np.testing.assert_array_equal(fsq(codes).codes, codes)


def test_inputs_are_squashed_and_rounded_to_the_nearest_level():
    x = np.random.default_rng(0).normal(scale=2.0, size=(200, 2)).astype(np.float32)
    codes = FSQ((5, 4)).call(tf.constant(x)).codes.numpy()
    for channel, levels in enumerate((5, 4)):
        grid = np.linspace(-1, 1, levels)
        nearest = grid[np.abs(np.tanh(x[:, channel, None]) - grid).argmin(-1)]
        np.testing.assert_allclose(codes[:, channel], nearest, atol=1e-6)


def test_gradient_is_that_of_tanh():
    x = tf.constant([[0.3, -1.2]])
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(FSQ((5, 4))(x).codes * [2.0, 3.0])
    expected = [2.0, 3.0] * (1 - np.tanh([[0.3, -1.2]]) ** 2)
    np.testing.assert_allclose(tape.gradient(loss, x), expected, rtol=1e-5)


def test_no_loss_and_no_weights():
    fsq = FSQ((5, 4))
    np.testing.assert_array_equal(fsq(np.ones([3, 7, 2], np.float32)).loss, np.zeros(3))
    assert fsq.weights == []


@pytest.mark.parametrize("levels", [(1,), (8, 1, 5), (), (0,)])
def test_fewer_than_two_levels_are_refused(levels):
    with pytest.raises(ValueError, match="an integer of at least 2 for each channel"):
        FSQ(levels)


def test_too_many_codes_and_bad_scales_are_refused():
    with pytest.raises(ValueError, match="indices are int32"):
        FSQ((2**16, 2**16))
    with pytest.raises(ValueError, match="expected a finite number above 0"):
        FSQ((3, 3), scale=0.0)
