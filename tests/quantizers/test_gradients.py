"""The two gradient estimators, against matrices written out."""

import numpy as np
import pytest
import tensorflow as tf

from tfgen.quantizers import rotation_trick, straight_through


def vectors(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def gradient(estimator, inputs, codes, upstream):
    inputs, codes = tf.constant(inputs), tf.constant(codes)
    with tf.GradientTape() as tape:
        tape.watch([inputs, codes])
        outputs = estimator(inputs, codes)
        loss = tf.reduce_sum(outputs * upstream)
    np.testing.assert_array_equal(outputs, codes)
    to_inputs, to_codes = tape.gradient(loss, [inputs, codes])
    assert to_codes is None
    return to_inputs.numpy()


def rotation(x, q):
    """The matrix that turns x's direction into q's in their plane, by Rodrigues' formula."""
    x, q = x / np.linalg.norm(x), q / np.linalg.norm(q)
    skew = np.outer(q, x) - np.outer(x, q)
    return np.eye(len(x)) + skew + skew @ skew / (1.0 + x @ q)


def test_straight_through_copies_the_gradient():
    upstream = vectors(5, 4, seed=2)
    received = gradient(straight_through, vectors(5, 4), vectors(5, 4, seed=1), upstream)
    np.testing.assert_array_equal(received, upstream)


@pytest.mark.parametrize("dim", [2, 3, 8])
def test_rotation_trick_is_the_transpose_of_a_scaled_rotation(dim):
    x, q, upstream = vectors(6, dim), vectors(6, dim, seed=1), vectors(6, dim, seed=2)
    received = gradient(rotation_trick, x, q, upstream)
    for row, a, b, u in zip(received, x, q, upstream, strict=True):
        matrix = np.linalg.norm(b) / np.linalg.norm(a) * rotation(a, b)
        np.testing.assert_allclose(matrix @ a, b, rtol=1e-4, atol=1e-5)  # the oracle itself
        np.testing.assert_allclose(row, matrix.T @ u, rtol=1e-4, atol=1e-4)


def test_rotation_trick_keeps_the_angle_between_gradient_and_code():
    x, q, upstream = vectors(6, 5), vectors(6, 5, seed=1), vectors(6, 5, seed=2)
    received = gradient(rotation_trick, x, q, upstream)

    def cosine(a, b):
        return np.sum(a * b, -1) / np.linalg.norm(a, axis=-1) / np.linalg.norm(b, axis=-1)

    np.testing.assert_allclose(cosine(received, x), cosine(upstream, q), atol=1e-5)


def test_rotation_trick_is_finite_where_directions_end():
    x = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 0.0]], np.float32)
    q = np.array([[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0], [0.0, 0.0]], np.float32)
    assert np.isfinite(gradient(rotation_trick, x, q, np.ones_like(x))).all()
