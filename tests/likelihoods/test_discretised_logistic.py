"""Discretised logistics against SciPy, at the extremes."""

import math

import numpy as np
import pytest
import tensorflow as tf
from likelihood_parameters import SYMMETRIC, UNIT, draw, levels, mass, softplus
from scipy import special, stats

from tfgen import likelihoods


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
