"""Rates: the KL term of a variational autoencoder, in nats, one value per example.

`kl` and `kl_per_dimension` measure it; `Total`, `FreeBits`, `TotalFreeBits` and `Capacity` say how
it enters the objective, `distortion + beta * rate(kl_per_dimension, step)`. Nothing here is reduced
over the batch, so the rate of an example never depends on its neighbours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import tensorflow as tf

from tfgen import schedules
from tfgen.checks.numbers import check_number, check_weight
from tfgen.serialization import serializable

if TYPE_CHECKING:  # else it is imported where it is needed: adversarial losses come without it
    import tensorflow_probability as tfp


def kl_per_dimension(
    posterior: tfp.distributions.Distribution, prior: tfp.distributions.Distribution
) -> tf.Tensor:
    """Return KL(posterior || prior) of every latent dimension: `[batch, latent_dim]`, nats.

    Args:
        posterior: `tfd.Independent` over scalar distributions, batch shape `[batch]`, event shape
            `[latent_dim]`.
        prior: the same, batch shape `[]` or `[batch]`.

    Raises:
        TypeError: if the dimensions of one of them are not independent.
        NotImplementedError: if TFP has no closed form for the pair: use `kl`.

    Example:
        >>> from tensorflow_probability import distributions as tfd
        >>> posterior = tfd.Independent(tfd.Normal([[0.0, 1.0]], 1.0), 1)
        >>> prior = tfd.Independent(tfd.Normal([0.0, 0.0], 1.0), 1)
        >>> kl_per_dimension(posterior, prior).numpy().tolist()
        [[0.0, 0.5]]
    """
    from tensorflow_probability import distributions as tfd

    return tfd.kl_divergence(_dimensions(posterior), _dimensions(prior))


def kl(
    posterior: tfp.distributions.Distribution,
    prior: tfp.distributions.Distribution,
    z: tf.Tensor | None = None,
) -> tf.Tensor:
    """Return KL(posterior || prior), or an unbiased estimate of it: `[batch]`, nats.

    The closed form where TFP has one; else `log q(z|x) - log p(z)`, whose mean over z is the KL.

    Args:
        posterior: distribution with batch shape `[batch]`.
        prior: distribution over the same events.
        z: a reparameterised sample of the posterior, `[batch, latent_dim]`, for the estimate.

    Raises:
        ValueError: if there is no closed form and no z.
    """
    from tensorflow_probability import distributions as tfd

    try:
        return tfd.kl_divergence(posterior, prior)
    except NotImplementedError:
        if z is None:
            raise ValueError(
                f"kl received {_name(posterior)} and {_name(prior)}, which have no closed form, "
                "and z=None: the estimate needs a sample. Pass z=posterior.sample(seed=...)."
            ) from None
    return posterior.log_prob(z) - prior.log_prob(z)


@serializable
class Total:
    """The plain KL: the sum over dimensions, as in the evidence lower bound."""

    def __call__(self, kl_per_dimension: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Return the rate `[batch]` of `[batch, latent_dim]`; `step` is not used."""
        return tf.reduce_sum(kl_per_dimension, axis=-1)


@serializable
class FreeBits:
    """Charges nothing for the first nats of each dimension: `sum_j max(nats, KL_j)`.

    Against posterior collapse: a dimension below the threshold feels no pull towards the prior.

    Args:
        nats: the free part of each dimension, >= 0; 0.03 to 0.5 are usual.

    Reference: Kingma et al. 2016, arXiv 1606.04934, equation 15. The paper compares the mean over
    a minibatch with the threshold; here each example is compared by itself, since a loss must not
    depend on the batch that an example comes in.

    Example:
        >>> FreeBits(0.5)(tf.constant([[0.1, 2.0]]), step=0).numpy().tolist()
        [2.5]
    """

    nats: float

    def __post_init__(self):
        """Reject a negative threshold."""
        _check_nats(self)

    def __call__(self, kl_per_dimension: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Return the rate `[batch]` of `[batch, latent_dim]`; `step` is not used."""
        return tf.reduce_sum(tf.maximum(kl_per_dimension, self.nats), axis=-1)


@serializable
class TotalFreeBits:
    """Charges nothing for the first nats of the whole latent: `max(nats, sum_j KL_j)`.

    Unlike `FreeBits` it leaves open which dimensions carry the free information.

    Args:
        nats: the free part of the sum, >= 0.
    """

    nats: float

    def __post_init__(self):
        """Reject a negative threshold."""
        _check_nats(self)

    def __call__(self, kl_per_dimension: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Return the rate `[batch]` of `[batch, latent_dim]`; `step` is not used."""
        return tf.maximum(tf.reduce_sum(kl_per_dimension, axis=-1), self.nats)


@serializable
class Capacity:
    """Holds the KL at a capacity that may grow: `weight * |KL - target(step)|`.

    Args:
        target: capacity in nats, a float or a schedule, such as `Warmup(25_000, end=25.0)`.
        weight: gamma of the paper, which used 1000.

    Reference: Burgess et al. 2018, "Understanding disentangling in beta-VAE", arXiv 1804.03599,
    equation 8. There the KL is a mean over the batch; here each example is held by itself.
    """

    target: object
    weight: float = 1000.0

    def __post_init__(self):
        """Reject capacities that no KL reaches, and weights that would reward distance."""
        check_weight("Capacity", "target", self.target)
        check_number("Capacity", "weight", self.weight, "Use 1000, as the paper.", least=0)

    def __call__(self, kl_per_dimension: tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Return the rate `[batch]` of `[batch, latent_dim]` at the optimizer's `step`."""
        total = tf.reduce_sum(kl_per_dimension, axis=-1)
        return self.weight * tf.abs(total - schedules.value(self.target, step))


def _dimensions(distribution):
    """The independent scalars that make up a latent."""
    # Not isinstance: around a distribution of one's own, tfd.Independent makes another class.
    independent = hasattr(distribution, "reinterpreted_batch_ndims")
    if not independent or distribution.distribution.event_shape.rank != 0:
        raise TypeError(
            f"kl_per_dimension received {_name(distribution)}: its dimensions must be independent "
            "scalars. Use tfd.Independent(tfd.Normal(mean, scale), 1), or kl for the whole."
        )
    return distribution.distribution


def _name(distribution):
    return type(distribution).__name__


def _check_nats(rate):
    fix = "Use Total() to charge every nat."
    check_number(type(rate).__name__, "nats", rate.nats, fix, least=0)
