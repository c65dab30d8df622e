"""Rates that look at the latents of the whole batch: at what they are like as a crowd.

`Total` and its like know the KL of each example. An `AggregateRate` is told the latents too, and
judges them by those of all examples on all replicas: `rate(kl_per_dimension, step, latents)`. It
still gives a value per example, whose mean is meant; that of one example alone says nothing.
"""

import abc
import math
from typing import NamedTuple

import tensorflow as tf

from tfgen.checks.numbers import check_integer, check_number
from tfgen.replicas import gathered
from tfgen.serialization import serializable

_IMQ_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class Latents(NamedTuple):
    """What an `AggregateRate` may look at, each float32 `[batch, latent_dim]`.

    Attributes:
        mean: of the posterior.
        scale: its standard deviation.
        z: drawn from it.
        prior_z: drawn from the prior, independent of the examples.
    """

    mean: tf.Tensor
    scale: tf.Tensor
    z: tf.Tensor
    prior_z: tf.Tensor


class AggregateRate(abc.ABC):
    """A rate that a `VAE` calls with the latents: see the module. Its subclasses are final."""

    @abc.abstractmethod
    def __call__(self, kl_per_dimension: tf.Tensor, step: tf.Tensor, latents: Latents) -> tf.Tensor:
        """Return the rate `[batch]` of a KL `[batch, units]` and of the latents."""


def aggregate_log_probs(
    latents: Latents, examples: int, stratified: bool = False
) -> tuple[tf.Tensor, tf.Tensor]:
    """Return log q(z), `[batch]`, and log q(z_j) of every unit, `[batch, latent_dim]`, in nats.

    q(z) = 1/N sum_n q(z | x_n) is the aggregate posterior over a data set of N examples, estimated
    from the M of the batch. By minibatch weighting,

        log q(z_i) ~ log sum_n q(z_i | x_n) - log(N M)

    or by stratification, in which x_i itself weighs 1/N, one other (N - M + 1) / (N (M - 1)) and
    the rest 1 / (M - 1) each.

    Args:
        latents: of the batch.
        examples: N, the size of the training set.
        stratified: which of the two.

    Reference: Chen et al. 2018, arXiv 1802.04942, equations 5 and S6.
    """
    mean, scale = gathered(latents.mean), gathered(latents.scale)
    count, total = tf.shape(latents.z)[0], tf.shape(mean.values)[0]
    distance = (latents.z[:, None] - mean.values) / scale.values  # [batch, all, latent_dim]
    log_density = -0.5 * (distance**2 + math.log(2 * math.pi)) - tf.math.log(scale.values)
    weights = (_stratified if stratified else _weighted)(count, total, mean.start, examples)
    whole = tf.reduce_logsumexp(tf.reduce_sum(log_density, axis=-1) + weights, axis=1)
    return whole, tf.reduce_logsumexp(log_density + weights[..., None], axis=1)


def _weighted(count, total, start, examples):
    """The log weights of minibatch weighting, [batch, all]."""
    return tf.fill([count, total], -tf.math.log(tf.cast(total, tf.float32) * examples))


def _stratified(count, total, start, examples):
    """The log weights of stratification, [batch, all]; the one other is the next of the batch."""
    places, others = start + tf.range(count), tf.cast(tf.maximum(total - 1, 1), tf.float32)
    own = tf.one_hot(places, total)
    after = tf.one_hot((places + 1) % total, total) * (1.0 - own)
    rest = (tf.maximum(examples - others, 0.0)) / (examples * others)
    weights = own / examples + after * rest + (1.0 - own - after) / others
    return tf.math.log(weights)


@serializable
class TotalCorrelation(AggregateRate):
    """The KL, and more of that part of it by which units depend on one another (beta-TCVAE).

        rate = KL + (weight - 1) * TC,   TC = log q(z) - sum_j log q(z_j)

    The KL to the prior is mutual information I(x; z) + TC + the KL of each unit's marginal, see
    `kl_parts`; a larger beta presses on all three, this on the second alone. For the VAE's own
    `beta=1`.

    Args:
        examples: number of training examples.
        weight: of the total correlation, the paper's beta; 1 is the plain bound.
        stratified: which estimate of q(z): see `aggregate_log_probs`.

    Reference: Chen et al. 2018, "Isolating sources of disentanglement in VAEs", arXiv 1802.04942,
        equation 4.

    Example:
        >>> rate = TotalCorrelation(examples=1000, weight=6.0)
        >>> z = tf.constant([[1.0, 1.0], [-1.0, -1.0]])
        >>> latents = Latents(z, tf.fill([2, 2], 0.1), z, z)
        >>> rate(tf.zeros([2, 2]), 0, latents).shape
        TensorShape([2])
    """

    examples: int
    weight: float = 6.0
    stratified: bool = False

    def __post_init__(self):
        """Reject data sets without examples and weights that would reward dependence."""
        fix = "Use the number of training examples."
        check_integer("TotalCorrelation", "examples", self.examples, fix)
        fix = "Use 6, or 1 for the plain bound."
        check_number("TotalCorrelation", "weight", self.weight, fix, least=0)

    def __call__(self, kl_per_dimension: tf.Tensor, step: tf.Tensor, latents: Latents) -> tf.Tensor:
        """Return the rate `[batch]`; `step` is not used."""
        whole, units = aggregate_log_probs(latents, self.examples, self.stratified)
        correlation = whole - tf.reduce_sum(units, axis=-1)
        return tf.reduce_sum(kl_per_dimension, axis=-1) + (self.weight - 1.0) * correlation


def kl_parts(
    latents: Latents, log_prior: tf.Tensor, examples: int, stratified: bool = False
) -> dict[str, tf.Tensor]:
    """Return the three parts of log q(z|x) - log p(z), whose mean is the KL: each `[batch]`, nats.

    `mutual_information`, log q(z|x) - log q(z); `total_correlation`, log q(z) - sum_j log q(z_j);
    `dimension_wise`, sum_j log q(z_j) - log p(z). They add up for every z, whatever the estimate.

    Args:
        latents: of the batch.
        log_prior: log p(z), `[batch]`.
        examples: number of training examples.
        stratified: see `aggregate_log_probs`.

    Reference: Chen et al. 2018, arXiv 1802.04942, equation 2.
    """
    whole, units = aggregate_log_probs(latents, examples, stratified)
    apart, distance = tf.reduce_sum(units, axis=-1), (latents.z - latents.mean) / latents.scale
    own = -0.5 * (distance**2 + math.log(2 * math.pi)) - tf.math.log(latents.scale)
    return {
        "mutual_information": tf.reduce_sum(own, axis=-1) - whole,
        "total_correlation": whole - apart,
        "dimension_wise": apart - log_prior,
    }


@serializable
class DIP(AggregateRate):
    """The KL, and a pull of the latents' covariance over the data to the identity (DIP-VAE).

        rate = KL + off_diagonal * sum_{i != j} C_ij^2 + diagonal * sum_i (C_ii - 1)^2

    C is the covariance of the posterior means (`kind` "I") or of z itself, Cov(means) + the mean of
    the posterior variances ("II"), over the batch on all replicas. Larger batches estimate it
    better: 64 at least.

    Args:
        off_diagonal: weight, at least 0.
        diagonal: weight, at least 0; the paper has 10 times `off_diagonal` for I, the same for II.
        kind: "I" or "II".

    Reference: Kumar et al. 2017, "Variational inference of disentangled latent concepts from
        unlabeled observations", arXiv 1711.00848, equations 6 and 7.

    Example:
        >>> z = tf.constant([[1.0, 1.0], [-1.0, -1.0]])
        >>> DIP(1.0, 0.0)(tf.zeros([2, 2]), 0, Latents(z, z, z, z)).numpy().tolist()
        [2.0, 2.0]
    """

    off_diagonal: float = 10.0
    diagonal: float = 100.0
    kind: str = "I"

    def __post_init__(self):
        """Reject weights that would reward covariance, and a third kind."""
        for name in ("off_diagonal", "diagonal"):
            check_number("DIP", name, getattr(self, name), "Use 10.", least=0)
        if self.kind not in ("I", "II"):
            raise ValueError(f'DIP received kind={self.kind!r}: expected "I" or "II". Use "I".')

    def __call__(self, kl_per_dimension: tf.Tensor, step: tf.Tensor, latents: Latents) -> tf.Tensor:
        """Return the rate `[batch]`, of which the penalty is the same for all; no use of `step`."""
        means = gathered(latents.mean).values
        centred = means - tf.reduce_mean(means, axis=0)
        covariance = tf.matmul(centred, centred, transpose_a=True) / _count(means)
        if self.kind == "II":
            variances = tf.reduce_mean(tf.square(gathered(latents.scale).values), axis=0)
            covariance += tf.linalg.diag(variances)
        variances = tf.linalg.diag_part(covariance)
        squares = tf.reduce_sum(covariance**2) - tf.reduce_sum(variances**2)
        penalty = self.off_diagonal * squares
        penalty += self.diagonal * tf.reduce_sum((variances - 1.0) ** 2)
        return tf.reduce_sum(kl_per_dimension, axis=-1) + penalty


@serializable
class MMD(AggregateRate):
    """The maximum mean discrepancy of all z from the prior, beside some of the KL or none.

        rate = kl_weight * KL + weight * MMD^2(q(z), p(z))

    With `kl_weight=0` the WAE-MMD, whose examples may be told apart as well as they like, so long
    as all together look like the prior; with 0 < kl_weight < 1 the InfoVAE of
    alpha = 1 - kl_weight and lambda = weight + kl_weight. The estimate is unbiased, with inverse
    multiquadratic kernels of seven widths, C / (C + |z - z'|^2) for C = 2 latent_dim s^2.

    Args:
        weight: at least 0.
        kl_weight: of the KL, at least 0.

    Reference: Tolstikhin et al. 2017, "Wasserstein auto-encoders", arXiv 1711.01558, algorithm 2;
        Zhao et al. 2017, "InfoVAE", arXiv 1706.02262, equation 6.

    Example:
        >>> z = tf.constant([[0.0], [1.0], [2.0]])
        >>> float(tf.reduce_mean(MMD(1.0)(tf.zeros([3, 1]), 0, Latents(z, z, z, z)))) < 0.0
        True
    """

    weight: float = 10.0
    kl_weight: float = 0.0

    def __post_init__(self):
        """Reject weights that would reward distance."""
        for name in ("weight", "kl_weight"):
            check_number("MMD", name, getattr(self, name), "Use 10 and 0.", least=0)

    def __call__(self, kl_per_dimension: tf.Tensor, step: tf.Tensor, latents: Latents) -> tf.Tensor:
        """Return the rate `[batch]`; `step` is not used."""
        kl = tf.reduce_sum(kl_per_dimension, axis=-1)
        return self.kl_weight * kl + self.weight * discrepancy(latents.z, latents.prior_z)


def discrepancy(z: tf.Tensor, prior_z: tf.Tensor) -> tf.Tensor:
    """Return values `[batch]` whose mean is the unbiased estimate of the squared MMD.

    Args:
        z: float32 `[batch, latent_dim]`.
        prior_z: of the same shape.
    """
    every, drawn = gathered(z), gathered(prior_z)
    places = every.start + tf.range(tf.shape(z)[0])
    others = 1.0 - tf.one_hot(places, tf.shape(every.values)[0])
    pairs = tf.maximum(_count(every.values) - 1.0, 1.0)

    def within(rows, columns):
        return tf.reduce_sum(_kernel(rows, columns) * others, axis=1) / pairs

    across = tf.reduce_mean(_kernel(z, drawn.values), axis=1)
    return within(z, every.values) + within(prior_z, drawn.values) - 2.0 * across


def _kernel(rows, columns):
    """The sum of the kernels, [rows, columns]."""
    squares = tf.reduce_sum(tf.square(rows[:, None] - columns), axis=-1)
    widths = [2.0 * rows.shape[-1] * scale**2 for scale in _IMQ_SCALES]
    return tf.add_n([width / (width + squares) for width in widths])


def _count(rows):
    return tf.cast(tf.shape(rows)[0], tf.float32)
