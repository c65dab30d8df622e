"""Pixels of evenly spaced levels, the nearer the likelier."""

import math

import tensorflow as tf
import tensorflow_probability as tfp
from numpy.typing import ArrayLike

from tfgen.likelihoods.levels import LogisticLevels
from tfgen.likelihoods.parameters import per_image, split
from tfgen.likelihoods.scales import positive
from tfgen.likelihoods.value_range import UNIT, check_range
from tfgen.serialization import serializable

tfd = tfp.distributions

# In the unit of the whole range. PixelCNN++ stops at exp(-7) of [-1, 1] as well: the bin of an
# 8-bit level then holds 97 % of the mass.
_LEAST_SCALE = math.exp(-7.0) / 2.0


@serializable
class DiscretisedLogistic:
    """Pixels of 2**bits levels: the mass that a mixture of logistics leaves in each level's bin.

    A true likelihood of 8-bit images, so that `-log_prob / (log(2) * dimensions)` is bits per
    dimension as published. The levels divide `value_range` evenly, ends included; the first and
    the last take the tails. A value between two levels counts as the nearest one.

    The parameters are `[mean, raw scale]` for one component, `[logits, means, raw scales]`, each of
    `components * channels`, for more. Means are in the unit of the images, and scales are
    `positive(raw scale)` in the unit of the whole range.

    Args:
        bits: 1 to 16.
        components: logistics in the mixture of each pixel and channel. Unlike in PixelCNN++,
            channels are independent given z.
        value_range: value of the first and of the last level: (0, 1) or (-1, 1).

    Reference: Salimans et al. 2017, "PixelCNN++", arXiv 1701.05517, equation 2. The mass of a bin
    is computed as a product, never as a difference of two sigmoids.
    """

    bits: int = 8
    components: int = 1
    value_range: tuple = UNIT

    def __post_init__(self):
        """Reject sizes that make no distribution."""
        if not 1 <= self.bits <= 16:
            raise ValueError(
                f"DiscretisedLogistic received bits={self.bits}: it must be 1 to 16. "
                "Use bits=8 for ordinary images."
            )
        if self.components < 1:
            raise ValueError(
                f"DiscretisedLogistic received components={self.components}: at least one is "
                "needed. Use components=1."
            )

    @property
    def parameters_per_channel(self) -> int:
        """Return 2 for one component, else 3 for each."""
        return 2 if self.components == 1 else 3 * self.components

    def __call__(self, parameters: tf.Tensor) -> tfp.distributions.Distribution:
        """Return the distribution of `[batch, ..., channels]` images."""
        logits, mean, raw = self._split(parameters)
        span = self.value_range[1] - self.value_range[0]
        scale = positive(raw, _LEAST_SCALE) * span
        pixels = LogisticLevels(mean, scale, 2**self.bits, self.value_range)
        if self.components > 1:
            pixels = tfd.MixtureSameFamily(tfd.Categorical(logits=logits), pixels)
        return per_image(pixels)

    def images(self, parameters: tf.Tensor) -> tf.Tensor:
        """Return the component means, limited to `value_range` and weighted.

        For one component that is the median pixel, and the mean wherever the scale is small
        against the distance to the ends of the range. The exact mean would need divisions by the
        scale, which int8 cannot hold.
        """
        blocks = split(parameters, self.parameters_per_channel, self)
        if self.components == 1:
            return self.images_of_means(blocks[0])
        logits, means = blocks[: self.components], blocks[self.components : 2 * self.components]
        largest = tf.reduce_max(tf.stack(logits), 0)
        weights = [tf.exp(logit - largest) for logit in logits]
        limited = [self.images_of_means(mean) for mean in means]
        return tf.add_n([w * m for w, m in zip(weights, limited, strict=True)]) / tf.add_n(weights)

    def images_of_means(self, means: tf.Tensor) -> tf.Tensor:
        """Return the means limited to `value_range`: the images, for one component."""
        return tf.clip_by_value(tf.cast(means, tf.float32), *self.value_range)

    def check(self, images: ArrayLike) -> None:
        """Raise ValueError if a pixel is NaN or outside `value_range`."""
        check_range(self, images)

    def _split(self, parameters):
        """Return logits, means and raw scales, the components on a last axis if there are more."""
        blocks = split(parameters, self.parameters_per_channel, self)
        if self.components == 1:
            return None, *blocks
        count = self.components
        return [tf.stack(blocks[i * count : (i + 1) * count], axis=-1) for i in range(3)]
