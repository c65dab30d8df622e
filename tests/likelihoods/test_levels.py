"""What both distributions over levels do."""

import numpy as np
import tensorflow as tf
from likelihood_parameters import draw

from tfgen import likelihoods


def test_values_between_levels_count_as_the_nearest():
    for likelihood in (likelihoods.DiscretisedLogistic(bits=2), likelihoods.Categorical(levels=4)):
        parameters = draw(likelihood, 1, 1, 1, 1)
        pixels = likelihood(parameters)
        near, exact = tf.fill([1, 1, 1, 1], 0.45), tf.fill([1, 1, 1, 1], 1 / 3)
        np.testing.assert_allclose(pixels.log_prob(near), pixels.log_prob(exact), rtol=1e-6)
