"""Bernoulli against NumPy."""

import numpy as np
from likelihood_parameters import draw
from scipy import special

from tfgen import likelihoods


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
