"""What holds for every likelihood: float32, independent images, compiled, saved, converted."""

import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from likelihood_parameters import SYMMETRIC, draw, in_tflite

from tfgen import likelihoods

EVERY = [
    likelihoods.Bernoulli(),
    likelihoods.Gaussian(),
    likelihoods.Gaussian(scale=0.3),
    likelihoods.DiscretisedLogistic(bits=3),
    likelihoods.DiscretisedLogistic(bits=4, components=3, value_range=SYMMETRIC),
    likelihoods.Categorical(levels=5, value_range=SYMMETRIC),
]
every = pytest.mark.parametrize("likelihood", EVERY, ids=str)


@every
def test_events_are_whole_images_in_float32(likelihood):
    pixels = likelihood(draw(likelihood))
    images = pixels.sample(seed=[1, 2])
    assert pixels.batch_shape == [3]
    assert pixels.event_shape == [4, 5, 2]
    assert images.shape == [3, 4, 5, 2]
    assert images.dtype == pixels.log_prob(images).dtype == tf.float32
    likelihood.check(images.numpy())


@every
@pytest.mark.parametrize("dtype", [tf.float16, tf.bfloat16])
def test_half_precision_parameters_are_computed_in_float32(likelihood, dtype):
    half = tf.cast(draw(likelihood), dtype)
    images = likelihood(half).sample(seed=1)
    expected = likelihood(tf.cast(half, tf.float32)).log_prob(images)
    log_prob = likelihood(half).log_prob(images)
    assert log_prob.dtype == likelihood.images(half).dtype == tf.float32
    np.testing.assert_array_equal(log_prob, expected)


@every
def test_an_image_does_not_depend_on_its_neighbours(likelihood):
    parameters = draw(likelihood)
    images = likelihood(parameters).sample(seed=1)
    together = likelihood(parameters).log_prob(images)
    alone = [likelihood(parameters[i : i + 1]).log_prob(images[i : i + 1])[0] for i in range(3)]
    np.testing.assert_allclose(together, alone, rtol=1e-6)


@every
def test_mean_agrees_with_samples(likelihood):
    pixels = likelihood(draw(likelihood, batch=1, height=2, width=2))
    samples = pixels.sample(4000, seed=3).numpy()
    # The constant is for events too rare to be drawn.
    error = samples.std(axis=0) / math.sqrt(4000) + 1e-4
    assert np.abs((samples.mean(axis=0) - pixels.mean()) / error).max() < 4.5


@every
def test_sampling_repeats_with_its_seed(likelihood):
    pixels = likelihood(draw(likelihood))
    np.testing.assert_array_equal(pixels.sample(seed=[1, 2]), pixels.sample(seed=[1, 2]))
    assert np.any(pixels.sample(seed=[1, 2]) != pixels.sample(seed=[1, 3]))


@every
@pytest.mark.parametrize("jit_compile", [False, True])
def test_graphs_agree_with_eager(likelihood, jit_compile):
    parameters = draw(likelihood)
    images = likelihood(parameters).sample(seed=1)

    def evaluate(parameters, images):
        pixels = likelihood(parameters)
        return pixels.log_prob(images), pixels.mean(), likelihood.images(parameters)

    compiled = tf.function(evaluate, jit_compile=jit_compile)(parameters, images)
    for got, expected in zip(compiled, evaluate(parameters, images), strict=True):
        np.testing.assert_allclose(got, expected, rtol=2e-5, atol=2e-5)


@every
def test_saving_returns_an_equal_likelihood(likelihood):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(likelihood)))
    copy = keras.saving.deserialize_keras_object(config)
    assert copy == likelihood
    assert hash(copy) == hash(likelihood)


@every
@pytest.mark.parametrize("spread", [1e-3, 1e2, 1e4])
def test_gradients_are_finite_at_extremes(likelihood, spread):
    parameters = draw(likelihood, spread=spread)
    low, high = likelihood.value_range
    for images in (tf.fill([3, 4, 5, 2], low), tf.fill([3, 4, 5, 2], high)):
        with tf.GradientTape() as tape:
            tape.watch(parameters)
            log_prob = likelihood(parameters).log_prob(images)
        assert np.isfinite(log_prob).all()
        assert np.isfinite(tape.gradient(log_prob, parameters)).all()
    assert np.isfinite(likelihood.images(parameters)).all()


@every
def test_images_are_builtin_tflite_operations(likelihood):
    parameters = draw(likelihood, batch=1)
    got = in_tflite(likelihood.images, parameters.numpy())
    np.testing.assert_allclose(got, likelihood.images(parameters), atol=1e-5)


@pytest.mark.parametrize("likelihood", [item for item in EVERY if "Gaussian" not in str(item)])
def test_check_names_the_values_out_of_range(likelihood):
    low, high = likelihood.value_range
    likelihood.check(np.array([low, high], np.float32))
    for wrong in ([low - 0.1, high], [low, high + 0.1], [low, np.nan]):
        with pytest.raises(ValueError, match=rf"{type(likelihood).__name__}.*must lie in \["):
            likelihood.check(np.array(wrong, np.float32))


def test_check_of_gaussian_refuses_only_what_is_not_finite():
    likelihoods.Gaussian().check(np.array([-5.0, 300.0]))
    for wrong in (np.nan, np.inf):
        with pytest.raises(ValueError, match="must be finite"):
            likelihoods.Gaussian().check(np.array([0.0, wrong]))


@pytest.mark.parametrize("likelihood", [item for item in EVERY if item.parameters_per_channel > 1])
def test_a_decoder_of_the_wrong_width_is_named(likelihood):
    wrong = tf.zeros([1, 2, 2, likelihood.parameters_per_channel + 1])
    with pytest.raises(ValueError, match="last axis is"):
        likelihood(wrong)


@pytest.mark.parametrize(
    "build",
    [
        lambda: likelihoods.Gaussian(scale=0.0),
        lambda: likelihoods.Gaussian(minimum_scale=0.0),
        lambda: likelihoods.DiscretisedLogistic(bits=0),
        lambda: likelihoods.DiscretisedLogistic(components=0),
        lambda: likelihoods.Categorical(levels=1),
        lambda: likelihoods.LearnedScale(initial_scale=0.0),
    ],
)
def test_impossible_settings_are_refused_at_construction(build):
    with pytest.raises(ValueError, match="received"):
        build()
