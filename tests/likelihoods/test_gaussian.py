"""Gaussian against SciPy."""

import math

import numpy as np
import tensorflow as tf
from likelihood_parameters import draw, softplus
from scipy import stats

from tfgen import likelihoods


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
