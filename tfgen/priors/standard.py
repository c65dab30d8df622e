"""The standard normal prior."""

from typing import TYPE_CHECKING

import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling
from tfgen.losses import rates
from tfgen.serialization import serializable

if TYPE_CHECKING:
    import tensorflow_probability as tfp


@serializable
class StandardNormal:
    """The prior N(0, I), of VAEs and GANs if they are given no other. It has no weights.

    Args:
        latent_dim: size of z.

    Example:
        >>> prior = StandardNormal(2)
        >>> prior.draw(sampling.seeds(0, 3)).shape, prior.log_prob(tf.zeros([3, 2])).shape
        (TensorShape([3, 2]), TensorShape([3]))
    """

    latent_dim: int

    @property
    def distribution(self) -> "tfp.distributions.Distribution":
        """p(z) as a `tfd.Distribution`, batch shape [], event shape [latent_dim]."""
        from tensorflow_probability import distributions as tfd  # only here: slow to import

        zeros = tf.zeros([self.latent_dim])
        return tfd.Independent(tfd.Normal(zeros, tf.ones_like(zeros)), 1)

    def log_prob(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return log p(z), float32 `[...]` of `[..., latent_dim]`, in nats."""
        return self.distribution.log_prob(z)

    def draw(
        self,
        seeds: tf.Tensor,
        labels: ArrayLike | None = None,
        *,
        truncation: ArrayLike | None = None,
    ) -> tf.Tensor:
        """Return z for each seed, float32 `[batch, latent_dim]`.

        Args:
            seeds: int32 `[batch, 2]`, of `tfgen.sampling`.
            labels: not looked at.
            truncation: None, or float32 `[batch]`, the size that no coordinate exceeds.
        """
        return sampling.normal(seeds, (self.latent_dim,), truncation=truncation)

    def kl(
        self,
        posterior: "tfp.distributions.Distribution",
        z: tf.Tensor | None = None,
        labels: ArrayLike | None = None,
    ) -> tf.Tensor:
        """Return the KL of every unit in closed form, `[batch, latent_dim]`, in nats.

        Raises:
            TypeError: for a posterior whose units are not independent.
        """
        return rates.kl_per_dimension(posterior, self.distribution)
