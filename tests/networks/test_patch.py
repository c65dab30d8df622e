"""The patch discriminator: what a logit sees, and that all of it learns."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.networks import SpectralNormalization, patch_discriminator


@pytest.mark.parametrize("downsamplings, patch", [(1, 16), (2, 34)])
def test_a_logit_sees_its_patch_only(downsamplings, patch):
    network = patch_discriminator((64, 64, 1), 2, downsamplings)
    x = tf.random.stateless_normal([1, 64, 64, 1], [0, 0])
    with tf.GradientTape() as tape:
        tape.watch(x)
        logits = network(x)
        middle = logits.shape[1] // 2
        loss = logits[0, middle, middle, 0]
    rows = np.flatnonzero(np.abs(tape.gradient(loss, x)).sum((0, 2, 3)))
    assert rows.max() - rows.min() + 1 == patch


@pytest.mark.parametrize("arguments", [{}, {"batch_norm": True}, {"wrap": SpectralNormalization}])
def test_every_weight_gets_a_gradient(arguments):
    network = patch_discriminator((9, 14, 3), 4, **arguments)
    x = tf.random.stateless_normal([2, 9, 14, 3], [0, 1])
    with tf.GradientTape() as tape:
        logits = network(x, training=True)
        loss = tf.reduce_sum(logits * tf.random.stateless_normal(logits.shape, [0, 2]))
    assert logits.shape == (2, 3, 4, 1)
    for variable, gradient in zip(
        network.trainable_variables,
        tape.gradient(loss, [v.value for v in network.trainable_variables]),
        strict=True,
    ):
        assert np.isfinite(gradient).all() and np.any(gradient), variable.path


def test_logits_are_float32_in_mixed_precision():
    keras.config.set_dtype_policy("mixed_bfloat16")
    assert patch_discriminator((8, 8, 1), 2)(tf.zeros([1, 8, 8, 1])).dtype == tf.float32


def test_bad_numbers():
    with pytest.raises(ValueError, match="both sides must be from 8 to 128"):
        patch_discriminator((4, 4, 1))
    with pytest.raises(ValueError, match="downsamplings=0: expected a positive integer"):
        patch_discriminator((8, 8, 1), downsamplings=0)
