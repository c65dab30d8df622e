"""The perceptual distance, against NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from tfgen.losses import perceptual_distance


def maps(seed):
    rng = np.random.default_rng(seed)
    return {"fine": rng.normal(size=(3, 4, 5, 6)), "coarse": rng.normal(size=(3, 2, 2, 7)),
            "vector": rng.normal(size=(3, 8))}  # fmt: skip


def test_is_the_mean_squared_distance_of_directions_summed_over_maps():
    real, fake = maps(0), maps(1)
    expected = np.zeros(3)
    for name in real:
        u, v = (m[name] / np.linalg.norm(m[name], axis=-1, keepdims=True) for m in (real, fake))
        expected += np.square(u - v).sum(-1).reshape(3, -1).mean(-1)
    np.testing.assert_allclose(perceptual_distance(real, fake), expected, rtol=1e-5)


def test_equal_and_brighter_features_are_at_no_distance():
    real = maps(0)
    brighter = {name: 3.0 * m for name, m in real.items()}
    np.testing.assert_allclose(perceptual_distance(real, brighter), np.zeros(3), atol=1e-6)


def test_gradient_is_that_of_differences_and_finite_where_nothing_is_seen():
    real, fake = maps(0)["fine"], tf.Variable(maps(1)["fine"], dtype=tf.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(perceptual_distance(real, fake))
    direction, step = maps(2)["fine"].astype(np.float32), 1e-2
    slope = float(tf.reduce_sum(tape.gradient(loss, fake) * direction))
    above, below = (
        float(tf.reduce_sum(perceptual_distance(real, fake + sign * step * direction)))
        for sign in (1, -1)
    )
    assert slope == pytest.approx((above - below) / (2 * step), rel=1e-2)
    dark = tf.Variable(tf.zeros([2, 3, 4]))
    with tf.GradientTape() as tape:
        loss = perceptual_distance(tf.ones([2, 3, 4]), dark)
    assert np.isfinite(tape.gradient(loss, dark)).all()


def test_other_structures_are_refused():
    with pytest.raises(ValueError, match="zip"):
        perceptual_distance([tf.ones([2, 3])], [tf.ones([2, 3])] * 2)
