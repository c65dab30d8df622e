"""Likelihoods against NumPy and SciPy, at the extremes, saved, compiled and converted."""

import json
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from scipy import special, stats

from tfgen import likelihoods

UNIT, SYMMETRIC = (0.0, 1.0), (-1.0, 1.0)
EVERY = [
    likelihoods.Bernoulli(),
    likelihoods.Gaussian(),
    likelihoods.Gaussian(scale=0.3),
    likelihoods.DiscretisedLogistic(bits=3),
    likelihoods.DiscretisedLogistic(bits=4, components=3, value_range=SYMMETRIC),
    likelihoods.Categorical(levels=5, value_range=SYMMETRIC),
]
every = pytest.mark.parametrize("likelihood", EVERY, ids=str)


def draw(likelihood, batch=3, height=4, width=5, channels=2, seed=0, spread=1.0):
    """Random parameters for images of the given size."""
    shape = [batch, height, width, channels * likelihood.parameters_per_channel]
    values = np.random.default_rng(seed).normal(scale=spread, size=shape)
    return tf.constant(values, tf.float32)


def softplus(raw):
    return np.logaddexp(0.0, np.asarray(raw, np.float64))


# Every likelihood.


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
    function = tf.function(likelihood.images).get_concrete_function(
        tf.TensorSpec(parameters.shape, tf.float32)
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], parameters.numpy())
    interpreter.invoke()
    got = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
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


# positive


def test_positive_is_softplus_with_its_gradient():
    raw = tf.constant([-1e4, -80.0, -20.0, -1.0, 0.0, 1.0, 20.0, 90.0, 1e4])
    with tf.GradientTape() as tape:
        tape.watch(raw)
        value = likelihoods.positive(raw)
    np.testing.assert_allclose(value, softplus(raw), rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(value, raw), special.expit(raw), rtol=1e-6)


def test_positive_stays_finite_in_tflite():
    function = tf.function(likelihoods.positive).get_concrete_function(
        tf.TensorSpec([4], tf.float32)
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function])
    interpreter = Interpreter(model_content=converter.convert())
    interpreter.allocate_tensors()
    raw = np.array([-200.0, -3.0, 3.0, 200.0], np.float32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], raw)
    interpreter.invoke()
    got = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(got, softplus(raw), rtol=1e-5, atol=1e-7)


# Bernoulli


def test_bernoulli_is_the_cross_entropy_for_binary_and_soft_targets():
    logits = draw(likelihoods.Bernoulli(), spread=3.0)
    p = special.expit(np.asarray(logits, np.float64))
    rng = np.random.default_rng(1)
    for images in (rng.integers(0, 2, logits.shape), rng.random(logits.shape)):
        expected = (images * np.log(p) + (1 - images) * np.log1p(-p)).sum(axis=(1, 2, 3))
        got = likelihoods.Bernoulli()(logits).log_prob(images.astype("float32"))
        np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_bernoulli_images_are_the_mean():
    logits = draw(likelihoods.Bernoulli())
    expected = likelihoods.Bernoulli()(logits).mean()
    np.testing.assert_allclose(likelihoods.Bernoulli().images(logits), expected, rtol=1e-6)


# Gaussian


def test_gaussian_reads_means_then_raw_scales():
    likelihood = likelihoods.Gaussian(minimum_scale=0.05)
    parameters = draw(likelihood)
    images = np.random.default_rng(1).normal(size=(3, 4, 5, 2)).astype("float32")
    scale = 0.05 + softplus(parameters[..., 2:])
    expected = stats.norm.logpdf(images, parameters[..., :2], scale).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(likelihood(parameters).log_prob(images), expected, rtol=1e-5)
    np.testing.assert_array_equal(likelihood.images(parameters), parameters[..., :2])


def test_gaussian_of_fixed_scale_reads_means_only():
    mean = draw(likelihoods.Gaussian(scale=0.3))
    images = np.zeros(mean.shape, np.float32)
    expected = stats.norm.logpdf(images, mean, 0.3).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(
        likelihoods.Gaussian(0.3)(mean).log_prob(images), expected, rtol=1e-5
    )


def test_gaussian_density_is_bounded_by_the_minimum_scale():
    parameters = tf.constant([[0.5, -1e4]])
    got = likelihoods.Gaussian(minimum_scale=1e-2)(parameters).log_prob([[0.5]])
    np.testing.assert_allclose(got, -math.log(1e-2 * math.sqrt(2 * math.pi)), rtol=1e-6)


# LearnedScale


@pytest.mark.parametrize(
    ("axis", "shape"), [(None, (1, 1, 1, 1)), (-1, (1, 1, 1, 2)), ((1, 2, 3), (1, 4, 5, 2))]
)
def test_learned_scale_appends_one_scale_along_its_axes(axis, shape):
    layer = likelihoods.LearnedScale(axis=axis, initial_scale=0.2)
    mean = draw(likelihoods.Bernoulli())
    parameters = layer(mean)
    assert layer.raw_scale.shape == shape
    assert parameters.shape == layer.compute_output_shape(mean.shape)
    np.testing.assert_array_equal(parameters[..., :2], mean)
    scale = likelihoods.positive(parameters[..., 2:])
    np.testing.assert_allclose(scale, np.full(mean.shape, 0.2), rtol=1e-5)


@pytest.mark.parametrize("initial", [1e-3, 1.0, 500.0])
def test_learned_scale_starts_at_its_initial_scale(initial):
    parameters = likelihoods.LearnedScale(initial_scale=initial)(tf.zeros([1, 1]))
    np.testing.assert_allclose(likelihoods.positive(parameters[0, 1]), initial, rtol=1e-5)


def test_learned_scale_finds_the_deviation_of_the_data():
    data = np.random.default_rng(0).normal(scale=[0.1, 0.4], size=(64, 3, 3, 2)).astype("float32")
    layer = likelihoods.LearnedScale(axis=-1)
    optimizer = keras.optimizers.Adam(0.1)
    for _ in range(150):
        with tf.GradientTape() as tape:
            pixels = likelihoods.Gaussian()(layer(tf.zeros_like(data)))
            loss = -tf.reduce_mean(pixels.log_prob(data))
        variables = layer.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
    got = likelihoods.positive(layer.raw_scale).numpy().ravel() + 1e-3
    np.testing.assert_allclose(got, np.sqrt((data**2).mean(axis=(0, 1, 2))), rtol=1e-2)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_learned_scale_is_float32_under_mixed_precision(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer = likelihoods.LearnedScale(initial_scale=0.123)
        parameters = layer(tf.zeros([1, 2], tf.bfloat16))
    finally:
        keras.config.set_dtype_policy(before)
    assert parameters.dtype == tf.float32
    assert layer.raw_scale.dtype == "float32"
    np.testing.assert_allclose(likelihoods.positive(parameters[0, 2]), 0.123, rtol=1e-5)


def test_learned_scale_is_saved_with_its_decoder(tmp_path):
    layer = likelihoods.LearnedScale(axis=(1, 2), initial_scale=0.2)
    decoder = keras.Sequential([keras.Input((3, 2)), keras.layers.Dense(2), layer])
    layer.raw_scale.assign_add(np.random.default_rng(0).normal(size=(1, 3, 2)))
    decoder.save(tmp_path / "decoder.keras")
    copy = keras.models.load_model(tmp_path / "decoder.keras")
    np.testing.assert_array_equal(copy(tf.ones([2, 3, 2])), decoder(tf.ones([2, 3, 2])))
    assert copy.layers[-1].get_config() == layer.get_config()


def test_learned_scale_refuses_the_batch_axis():
    with pytest.raises(ValueError, match="axis 0 is the batch"):
        likelihoods.LearnedScale(axis=0)(tf.zeros([2, 3]))


# DiscretisedLogistic


def levels(likelihood, count):
    return np.linspace(*likelihood.value_range, count).astype("float32")


def mass(likelihood, parameters, count):
    """Probability of every level for each row of parameters: `[rows, count]`."""
    rows = tf.repeat(tf.constant(parameters, tf.float32), count, axis=0)
    values = np.tile(levels(likelihood, count), len(parameters))[:, None]
    log_prob = likelihood(rows).log_prob(values)
    return np.exp(np.asarray(log_prob, np.float64)).reshape(len(parameters), count)


@pytest.mark.parametrize("value_range", [UNIT, SYMMETRIC])
def test_discretised_logistic_mass_sums_to_one(value_range):
    likelihood = likelihoods.DiscretisedLogistic(value_range=value_range)
    grid = [[m, s] for m in (-50, -1, 0, 0.3, 1, 50) for s in (-1e4, -8, -3, 0, 5, 1e3)]
    np.testing.assert_allclose(mass(likelihood, grid, 256).sum(axis=1), 1.0, atol=2e-4)


def test_mixture_mass_sums_to_one():
    likelihood = likelihoods.DiscretisedLogistic(bits=8, components=4, value_range=SYMMETRIC)
    grid = np.random.default_rng(0).normal(size=(10, 12)) * 3
    np.testing.assert_allclose(mass(likelihood, grid, 256).sum(axis=1), 1.0, atol=1e-5)


@pytest.mark.parametrize("value_range", [UNIT, SYMMETRIC])
def test_discretised_logistic_is_a_difference_of_distribution_functions(value_range):
    likelihood = likelihoods.DiscretisedLogistic(value_range=value_range)
    span = value_range[1] - value_range[0]
    mean, raw = 0.2, -2.5
    scale = span * (softplus(raw) + math.exp(-7) / 2)
    edges = levels(likelihood, 256)[:-1].astype(np.float64) + span / 510
    below = np.concatenate([[0.0], stats.logistic.cdf(edges, mean, scale), [1.0]])
    got = mass(likelihood, [[mean, raw]], 256)[0]
    np.testing.assert_allclose(got, np.diff(below), rtol=2e-4)


def test_discretised_logistic_tails_are_exact_where_probabilities_underflow():
    likelihood = likelihoods.DiscretisedLogistic()
    scale = softplus(-6.0) + math.exp(-7) / 2
    got = likelihood(tf.constant([[100.0, -6.0]])).log_prob([[128 / 255]])
    end = (128.5 / 255 - 100.0) / scale  # log sigmoid(end) = end, the start of the bin
    expected = end + math.log(-math.expm1(-1 / 255 / scale))
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def test_discretised_logistic_gradient_points_home_from_far_away():
    parameters = tf.constant([[100.0, -8.0], [-100.0, -8.0]])
    with tf.GradientTape() as tape:
        tape.watch(parameters)
        log_prob = likelihoods.DiscretisedLogistic()(parameters).log_prob([[0.5], [0.5]])
    gradient = tape.gradient(log_prob, parameters).numpy()
    assert gradient[0, 0] < 0 < gradient[1, 0]
    assert (gradient[:, 1] > 0).all()


def test_mixture_is_the_weighted_sum_of_its_components():
    mixture = likelihoods.DiscretisedLogistic(components=2)
    logits, means, raws = np.array([0.5, -1.0]), np.array([0.2, 0.8]), np.array([-3.0, -2.0])
    parts = mass(likelihoods.DiscretisedLogistic(), np.stack([means, raws], axis=1), 256)
    got = mass(mixture, np.concatenate([logits, means, raws])[None], 256)[0]
    np.testing.assert_allclose(got, special.softmax(logits) @ parts, rtol=1e-4)


def test_mixture_channels_keep_their_own_parameters():
    likelihood = likelihoods.DiscretisedLogistic(components=2)
    parameters = np.random.default_rng(0).normal(size=(1, 2, 3, 12)).astype("float32")
    images = np.random.default_rng(1).random((1, 2, 3, 2)).astype("float32")
    apart = [
        likelihood(parameters[..., channel::2]).log_prob(images[..., channel : channel + 1])
        for channel in (0, 1)
    ]
    np.testing.assert_allclose(likelihood(parameters).log_prob(images), sum(apart), rtol=1e-5)
    got = likelihood.images(parameters)[..., 1:]
    np.testing.assert_allclose(got, likelihood.images(parameters[..., 1::2]), rtol=1e-6)


def test_discretised_logistic_mean_is_the_sum_over_levels():
    likelihood = likelihoods.DiscretisedLogistic(value_range=SYMMETRIC)
    grid = np.array([[-2.0, -1.0], [0.1, -6.0], [0.9, 0.0]], np.float32)
    expected = mass(likelihood, grid, 256) @ levels(likelihood, 256).astype(np.float64)
    np.testing.assert_allclose(likelihood(grid).mean()[:, 0], expected, atol=1e-4)


@pytest.mark.parametrize("components", [1, 3])
def test_discretised_logistic_images_are_near_the_mean_at_small_scales(components):
    likelihood = likelihoods.DiscretisedLogistic(components=components)
    parameters = draw(likelihood).numpy()
    parameters[..., -2 * components :] = -7.0
    images = likelihood.images(parameters)
    np.testing.assert_allclose(images, likelihood(parameters).mean(), atol=1 / 255)


def test_values_between_levels_count_as_the_nearest():
    for likelihood in (likelihoods.DiscretisedLogistic(bits=2), likelihoods.Categorical(levels=4)):
        parameters = draw(likelihood, 1, 1, 1, 1)
        pixels = likelihood(parameters)
        near, exact = tf.fill([1, 1, 1, 1], 0.45), tf.fill([1, 1, 1, 1], 1 / 3)
        np.testing.assert_allclose(pixels.log_prob(near), pixels.log_prob(exact), rtol=1e-6)


# Categorical


@pytest.mark.parametrize("value_range", [UNIT, SYMMETRIC])
def test_categorical_is_a_softmax_over_levels(value_range):
    likelihood = likelihoods.Categorical(levels=6, value_range=value_range)
    logits = np.random.default_rng(0).normal(size=(4, 6)) * [[0.1], [1.0], [10.0], [1e4]]
    got = mass(likelihood, logits, 6)
    np.testing.assert_allclose(got, special.softmax(logits, axis=1), rtol=1e-4, atol=1e-30)
    np.testing.assert_allclose(got.sum(axis=1), 1.0, rtol=1e-6)


def test_categorical_channels_keep_their_own_levels():
    likelihood = likelihoods.Categorical(levels=3)
    parameters = draw(likelihood)
    images = likelihood(parameters).sample(seed=2)
    apart = [
        likelihood(parameters[..., 3 * i : 3 * i + 3]).log_prob(images[..., i : i + 1])
        for i in (0, 1)
    ]
    np.testing.assert_allclose(likelihood(parameters).log_prob(images), sum(apart), rtol=1e-5)


def test_categorical_images_are_the_mean():
    likelihood = likelihoods.Categorical(levels=7, value_range=SYMMETRIC)
    parameters = draw(likelihood)
    expected = likelihood(parameters).mean()
    np.testing.assert_allclose(likelihood.images(parameters), expected, atol=1e-6)
