"""Pixels of a few levels, no order assumed."""

import math

import tensorflow as tf
import tensorflow_probability as tfp
from numpy.typing import ArrayLike

from tfgen.likelihoods.levels import CategoricalLevels
from tfgen.likelihoods.parameters import check_width, per_image
from tfgen.likelihoods.value_range import UNIT, check_range
from tfgen.serialization import serializable


@serializable
class Categorical:
    """Pixels as classes: one logit for each of `levels` values, no order assumed.

    For a handful of grey levels or palette entries; 256 levels cost 256 outputs a pixel, where
    `DiscretisedLogistic` needs two. The levels divide `value_range` evenly, ends included, and a
    value between two levels counts as the nearest one. The last axis of the parameters holds all
    the levels of the first channel, then those of the second.

    Args:
        levels: number of values, at least 2.
        value_range: value of the first and of the last level.
    """

    levels: int = 256
    value_range: tuple = UNIT

    def __post_init__(self):
        """Reject a single level."""
        if self.levels < 2:
            raise ValueError(
                f"Categorical received levels={self.levels}: at least 2 are needed. "
                "Use levels=256 for 8-bit images."
            )

    @property
    def parameters_per_channel(self) -> int:
        """Return the number of levels."""
        return self.levels

    def __call__(self, parameters: tf.Tensor) -> tfp.distributions.Distribution:
        """Return the distribution of `[batch, ..., channels]` images."""
        parameters = tf.cast(parameters, tf.float32)
        logits = tf.reshape(parameters, [-1, *self._image_shape(parameters), self.levels])
        return per_image(CategoricalLevels(logits, self.value_range))

    def images(self, parameters: tf.Tensor) -> tf.Tensor:
        """Return the mean image."""
        parameters = tf.cast(parameters, tf.float32)
        shape = self._image_shape(parameters)
        probs = tf.nn.softmax(tf.reshape(parameters, [-1, math.prod(shape), self.levels]))
        values = tf.linspace(*map(float, self.value_range), self.levels)
        return tf.reshape(tf.linalg.matvec(probs, values), [-1, *shape])

    def check(self, images: ArrayLike) -> None:
        """Raise ValueError if a pixel is NaN or outside `value_range`."""
        check_range(self, images)

    def _image_shape(self, parameters):
        *spatial, width = parameters.shape[1:]
        check_width(width, self.levels, self)
        return *spatial, width // self.levels
