"""The last axis of a decoder, and one event for each image."""

from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


def per_image(pixels: tfp.distributions.Distribution) -> tfp.distributions.Distribution:
    """Return the distribution of whole images, of batch shape `[batch]`, for one of pixels."""
    return tfd.Independent(pixels, reinterpreted_batch_ndims=len(pixels.batch_shape) - 1)


def split(parameters: tf.Tensor, count: int, likelihood: Any) -> list[tf.Tensor]:
    """Return `count` equal blocks of the last axis, in float32; `likelihood` is who asks."""
    check_width(parameters.shape[-1], count, likelihood)
    return tf.split(tf.cast(parameters, tf.float32), count, axis=-1)


def check_width(width: int, count: int, likelihood: Any) -> None:
    """Raise ValueError unless the last axis of `width` holds `count` parameters per channel."""
    if width % count:
        raise ValueError(
            f"{likelihood} received parameters whose last axis is {width}: it needs {count} for "
            f"each channel. End the decoder with channels * {count} outputs."
        )
