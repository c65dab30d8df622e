"""`positive` is softplus, in TFLite too."""

import numpy as np
import tensorflow as tf
from likelihood_parameters import in_tflite, softplus
from scipy import special

from tfgen import likelihoods


def test_positive_is_softplus_with_its_gradient():
    raw = tf.constant([-1e4, -80.0, -20.0, -1.0, 0.0, 1.0, 20.0, 90.0, 1e4])
    with tf.GradientTape() as tape:
        tape.watch(raw)
        value = likelihoods.positive(raw)
    np.testing.assert_allclose(value, softplus(raw), rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(value, raw), special.expit(raw), rtol=1e-6)


def test_positive_stays_finite_in_tflite():
    raw = np.array([-200.0, -3.0, 3.0, 200.0], np.float32)
    got = in_tflite(likelihoods.positive, raw)
    np.testing.assert_allclose(got, softplus(raw), rtol=1e-5, atol=1e-7)
