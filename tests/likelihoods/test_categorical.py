"""Categorical pixels against NumPy."""

import numpy as np
import pytest
from likelihood_parameters import SYMMETRIC, UNIT, draw, mass
from scipy import special

from tfgen import likelihoods


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
