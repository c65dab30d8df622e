"""Penalties against gradients worked out by hand."""

import json

import keras
import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from tfgen import losses, sampling, schedules
from tfgen.losses.penalties import GradientPenalty, at_real, half, squared_gradient_norm

SEEDS = sampling.seeds(3, 4)
EVERY = {
    "r1": losses.r1(0.7),
    "r2": losses.r2(0.7),
    "interpolation": losses.interpolation_penalty(5.0),
    "lazy": losses.lazy(losses.r1(schedules.Warmup(10)), 4),
}
each = pytest.mark.parametrize("name", EVERY)


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def bowl(x):
    """Half the squared length of each example, whose gradient is the example itself."""
    return tf.reduce_sum(tf.reshape(x, [tf.shape(x)[0], -1]) ** 2, axis=1) / 2


def lengths(x):
    return np.sqrt((x.reshape(len(x), -1) ** 2).sum(-1))


@pytest.mark.parametrize("shape", [(5,), (3, 2, 2)])
def test_zero_centred_penalties_are_half_the_squared_gradient(shape):
    real, fake = draw(4, *shape), draw(4, *shape, seed=1)
    for penalty, x in ((losses.r1(0.6), real), (losses.r2(0.6), fake)):
        received = penalty(bowl, real, fake, SEEDS, step=0)
        np.testing.assert_allclose(received, 0.3 * lengths(x) ** 2, rtol=1e-5)
        assert received.dtype == tf.float32


def test_interpolation_pulls_the_norm_between_real_and_fake_to_one():
    real, fake = draw(4, 5), draw(4, 5, seed=1)
    alpha = sampling.uniform(SEEDS, (1,)).numpy()
    expected = 10.0 * (lengths(alpha * real + (1 - alpha) * fake) - 1) ** 2
    penalty = losses.interpolation_penalty()
    np.testing.assert_allclose(penalty(bowl, real, fake, SEEDS, 0), expected, rtol=1e-4)


def test_interpolation_draws_alpha_uniformly_for_each_example():
    count = 4000
    real, fake = np.full((count, 1), 3.0), np.full((count, 1), 2.0)  # a norm of 2 + alpha
    penalty = losses.interpolation_penalty(1.0)
    values = penalty(bowl, real, fake, sampling.seeds(1, count), 0).numpy()
    alpha = np.sqrt(values) - 1.0
    assert scipy.stats.kstest(alpha, "uniform").pvalue > 0.01


def test_weights_learn_from_the_second_derivative():
    """For D(x) = tanh(w . x) the penalty and its gradient are known."""
    w, x = draw(5, seed=2), draw(4, 5)
    variable = tf.Variable(w)
    with tf.GradientTape() as tape:
        values = losses.r1(1.0)(
            lambda x: tf.tanh(tf.linalg.matvec(x, variable)), x, x, SEEDS, step=0
        )
    slope = 1 - np.tanh(x @ w) ** 2
    np.testing.assert_allclose(values, slope**2 * (w @ w) / 2, rtol=1e-4)
    d_slope = -2 * np.tanh(x @ w) * slope
    expected = sum(
        s * d * (w @ w) * row + s**2 * w for s, d, row in zip(slope, d_slope, x, strict=True)
    )
    np.testing.assert_allclose(tape.gradient(values, variable), expected, rtol=1e-3, atol=1e-5)


@each
def test_flat_discriminators_give_finite_values_and_gradients(name):
    weight = tf.Variable(tf.zeros([5, 1]))
    x = tf.constant(draw(4, 5))
    with tf.GradientTape() as tape:
        values = EVERY[name](lambda x: (x @ weight)[:, 0], x, x, SEEDS, step=0)
    assert np.isfinite(values).all()
    assert np.isfinite(tape.gradient(values, weight)).all()


@each
def test_a_discriminator_that_does_not_look_is_charged_as_flat(name):
    values = EVERY[name](lambda x: tf.zeros([4]), draw(4, 5), draw(4, 5), SEEDS, step=0)
    np.testing.assert_allclose(values, [5.0 if name == "interpolation" else 0.0] * 4, rtol=1e-5)


@each
def test_value_of_an_example_depends_on_its_row_only(name):
    real, fake, step = draw(4, 5), draw(4, 5, seed=1), 8
    whole = EVERY[name](bowl, real, fake, SEEDS, step)
    part = EVERY[name](bowl, real[2:], fake[2:], SEEDS[2:], step)
    np.testing.assert_allclose(whole[2:], part, rtol=1e-6)


def test_lazy_is_as_strong_on_average():
    real = draw(4, 5)
    plain, lazy = losses.r1(0.7), losses.lazy(losses.r1(0.7), 4)
    values = [lazy(bowl, real, real, SEEDS, step).numpy() for step in range(8)]
    np.testing.assert_allclose(
        np.mean(values, axis=0), plain(bowl, real, real, SEEDS, 0), rtol=1e-6
    )
    assert [v.any() for v in values] == [True, False, False, False] * 2


@pytest.mark.parametrize("jit", [False, True])
def test_lazy_trains_in_a_graph(jit):
    weight, real = tf.Variable(draw(5, 1)), tf.constant(draw(4, 5))
    penalty = losses.lazy(losses.r1(1.0), 2)

    @tf.function(jit_compile=jit)
    def gradient(step):
        with tf.GradientTape() as tape:
            values = penalty(lambda x: (x @ weight)[:, 0], real, real, SEEDS, step)
        return tape.gradient(values, weight)

    np.testing.assert_allclose(gradient(tf.constant(4)), 4 * 2 * weight.numpy(), rtol=1e-5)
    np.testing.assert_array_equal(gradient(tf.constant(5)), np.zeros([5, 1]))


def test_schedule_sets_the_weight():
    penalty = losses.r1(schedules.Warmup(10, start=1.0, end=0.0))
    real = draw(4, 5)
    start, middle, end = (penalty(bowl, real, real, SEEDS, step).numpy() for step in (0, 5, 10))
    np.testing.assert_allclose(middle, start / 2, rtol=1e-6)
    assert start.all() and not end.any()


def test_half_precision_networks_are_measured_in_float32():
    """2,000 gradients of 0.3: their sum in bfloat16 would be off by whole percents."""
    real = np.zeros((2, 2000), np.float32)

    def discriminator(x):
        return tf.cast(tf.reduce_sum(tf.cast(x, tf.bfloat16) * 0.3, axis=1), tf.float32)

    values = losses.r1(2.0)(discriminator, real, real, SEEDS[:2], step=0)
    assert values.dtype == tf.float32
    exact = 2000 * float(tf.cast(0.3, tf.bfloat16)) ** 2
    np.testing.assert_allclose(values, [exact] * 2, rtol=1e-5)


def test_penalty_of_ones_own():
    penalty = GradientPenalty("steepness", at_real, tf.sqrt, 2.0)
    real = draw(4, 5)
    np.testing.assert_allclose(penalty(bowl, real, real, SEEDS, 0), 2 * lengths(real), rtol=1e-5)


def test_squared_gradient_norm_takes_its_function_as_it_is():
    """What comes first in the discriminator, such as an augmentation, is part of the gradient."""
    x = draw(4, 5)
    doubled = squared_gradient_norm(lambda x: bowl(2.0 * x), tf.constant(x))
    np.testing.assert_allclose(doubled, 16 * lengths(x) ** 2, rtol=1e-5)


@each
def test_travels_through_json(name):
    text = json.dumps(keras.saving.serialize_keras_object(EVERY[name]))
    assert keras.saving.deserialize_keras_object(json.loads(text)) == EVERY[name]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: losses.r1(-1.0), "r1 received weight=-1.0"),
        (lambda: losses.interpolation_penalty(-2), "interpolation received weight=-2"),
        (lambda: losses.lazy(losses.r1(1.0), 0), "interval=0"),
        (lambda: GradientPenalty("mine", at_real, half, -0.5), "mine received weight=-0.5"),
    ],
)
def test_wrong_arguments_are_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
