"""Stacked-MNIST: digits in triples, one as red, one as green and one as blue."""

import dataclasses


def spec(digits):
    """Return the spec of triples for that of digits."""
    *sides, channels = digits.shape
    return dataclasses.replace(digits, shape=(*sides, 3 * channels))


def batches(source, split, settings, first_epoch=0):
    """Return images of three digits each; every epoch deals all digits into other triples."""
    digits = source.batches(
        split,
        batch_size=3 * settings.batch_size,
        value_range=(-1.0, 1.0),
        seed=settings.seed,
        first_epoch=first_epoch,
        drop_remainder=True,
    )
    return digits.map(_stacked)


def _stacked(digits):
    """[3 * batch, 28, 28, 1] → [batch, 28, 28, 3]."""
    import tensorflow as tf

    return tf.concat(tf.split(digits, 3), axis=-1)
