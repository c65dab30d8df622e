"""Normal pixels."""

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from numpy.typing import ArrayLike

from tfgen.likelihoods.parameters import per_image, split
from tfgen.likelihoods.scales import positive
from tfgen.likelihoods.value_range import UNIT
from tfgen.serialization import serializable

tfd = tfp.distributions


@serializable
class Gaussian:
    """Independent normal pixels whose scale is learned.

    The parameters are `[mean, raw scale]` on the last axis, `scale = minimum_scale +
    positive(raw scale)`. Let the network give both for a scale per pixel; end it with
    `LearnedScale()` for one scale over all pixels (sigma-VAE), usually the best start.

    Args:
        scale: fixes the scale at this value, in the unit of the images; the parameters are then
            the mean alone. A fixed scale is a hidden weight of the KL term, `1 / scale**2`: use it
            for models whose noise is known.
        minimum_scale: lower bound of a learned scale. Densities are unbounded where pixels are
            constant, as black borders are; half a grey level (0.002) is the sense of 1e-3.
        value_range: the range of the images, for those who draw them; not enforced.

    Reference: Rybkin et al. 2021, "Simple and effective VAE training with calibrated decoders",
    arXiv 2006.13202. The scale here is a weight; the paper's optimal scale of a batch would make
    the bound of an image depend on its neighbours.
    """

    scale: float | None = None
    minimum_scale: float = 1e-3
    value_range: tuple = UNIT

    def __post_init__(self):
        """Reject scales without a density."""
        if self.scale is not None and self.scale <= 0:
            raise ValueError(
                f"Gaussian received scale={self.scale}: a fixed scale must be positive. "
                "Leave scale=None to learn it."
            )
        if self.minimum_scale <= 0:
            raise ValueError(
                f"Gaussian received minimum_scale={self.minimum_scale}: it must be positive. "
                "Use 1e-3 for images in [0, 1]."
            )

    @property
    def parameters_per_channel(self) -> int:
        """Return 2, mean and raw scale; 1 with a fixed scale."""
        return 2 if self.scale is None else 1

    def __call__(self, parameters: tf.Tensor) -> tfp.distributions.Distribution:
        """Return the distribution of `[batch, ..., channels]` images."""
        mean, *raw = split(parameters, self.parameters_per_channel, self)
        scale = positive(raw[0], self.minimum_scale) if raw else self.scale
        return per_image(tfd.Normal(mean, scale))

    def images(self, parameters: tf.Tensor) -> tf.Tensor:
        """Return the mean image, unbounded."""
        return self.images_of_means(split(parameters, self.parameters_per_channel, self)[0])

    def images_of_means(self, means: tf.Tensor) -> tf.Tensor:
        """Return what `images` returns, given the first block of the parameters alone."""
        return tf.cast(means, tf.float32)

    def check(self, images: ArrayLike) -> None:
        """Raise ValueError if a pixel is NaN or infinite."""
        if not np.isfinite(images).all():
            raise ValueError(
                "Gaussian received images with NaN or infinite values: every pixel must be "
                "finite. Drop or repair those images."
            )
