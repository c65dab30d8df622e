"""Normalizing flows: invertible networks, and so an exact likelihood."""

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.checks.numbers import check_integer, check_number
from tfgen.networks import masked_mlp, mlp
from tfgen.priors.latent_prior import LatentPrior

_BOUND = 2.0  # of the logarithm of one layer's scale


class NormalizingFlow(LatentPrior):
    """An invertible function of z to noise, of which a subclass defines `network` and both ways.

        log p(z) = log N(noise(z); 0, I) + log |det d noise / d z|

    Args:
        latent_dim: size of z.
        layers: invertible layers, one upon the other.
        hidden: widths of the hidden layers of each one's network.
        num_classes: number of classes, or None.
        **kwargs: `name` and `dtype`.
    """

    has_likelihood = True
    least_dim = 1

    def __init__(
        self,
        latent_dim: int,
        layers: int = 6,
        hidden: Sequence[int] = (128, 128),
        num_classes: int | None = None,
        **kwargs: Any,
    ):
        owner = type(self).__name__
        check_integer(owner, "latent_dim", latent_dim, "Use the size of z, such as 16.",
                      least=self.least_dim)  # fmt: skip
        check_integer(owner, "layers", layers, "Use 6.")
        super().__init__((latent_dim,), num_classes, **kwargs)
        self.latent_dim, self.layer_count, self.hidden = latent_dim, layers, tuple(hidden)
        self.networks = [self._network(f"layer_{i}") for i in range(layers)]
        for network in self.networks:  # near the identity, where all begins well
            kernel = network.get_layer("outputs").kernel
            kernel.assign(0.1 * kernel)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"latent_dim": self.latent_dim, "layers": self.layer_count, "hidden": self.hidden,
               "num_classes": self.num_classes}  # fmt: skip
        return {**super().get_config(), **own}

    def objective(
        self, examples: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return -log p(z), [batch], in nats."""
        if training:
            self.steps_trained.assign_add(1)
        return -self.log_prob(examples, labels), {}

    def to_noise(self, z: tf.Tensor, labels: tf.Tensor | None = None) -> tuple:
        """Return the noise of standardised z, [batch, latent_dim], and the log-determinant."""
        total = 0.0
        for i, network in enumerate(self.networks):
            z = tf.gather(z, self._order(i), axis=-1)
            z, log_det = self._layer(network, z, labels)
            total += log_det
        return z, total

    def from_noise(self, noise: tf.Tensor, labels: tf.Tensor | None = None) -> tf.Tensor:
        """Return the standardised z of noise, [batch, latent_dim]: the inverse of `to_noise`."""
        for i, network in reversed([*enumerate(self.networks)]):
            noise = self._inverse(network, noise, labels)
            noise = tf.gather(noise, np.argsort(self._order(i)).astype(np.int32), axis=-1)
        return noise

    def _log_prob(self, z, labels):
        noise, log_det = self.to_noise(z, labels)
        squares = tf.reduce_sum(noise * noise, axis=-1)
        return -0.5 * (squares + self.latent_dim * math.log(2.0 * math.pi)) + log_det

    def check_settings(self, *, temperature: float = 1.0, **others: Any) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow.

        Args:
            temperature: factor of the noise, at least 0.
            **others: refused.
        """
        super().check_settings(**others)
        check_number(type(self).__name__, "temperature", temperature, "Use 1.", least=0)

    def _draw(self, seeds, labels, temperature=1.0):
        return self.from_noise(temperature * sampling.normal(seeds, (self.latent_dim,)), labels)

    def _shift_and_scale(self, network, x, labels):
        """Return what a network says of the shift and the logarithm of the scale."""
        outputs = tf.cast(network(x if labels is None else [x, labels]), tf.float32)
        shift, raw = tf.split(outputs, 2, axis=-1)
        return shift, _BOUND * tf.tanh(raw / _BOUND)

    def _network(self, name):
        raise NotImplementedError(f"{type(self).__name__} does not define _network.")

    def _order(self, i):
        """Return in which order layer i takes the units, int32 [latent_dim]."""
        raise NotImplementedError(f"{type(self).__name__} does not define _order.")

    def _layer(self, network, z, labels):
        raise NotImplementedError(f"{type(self).__name__} does not define _layer.")

    def _inverse(self, network, noise, labels):
        raise NotImplementedError(f"{type(self).__name__} does not define _inverse.")


@keras.saving.register_keras_serializable(package="tfgen")
class CouplingFlow(NormalizingFlow):
    """A flow in which one half of z decides how the other is scaled and shifted, in turn.

        noise_b = z_b * exp(s(z_a)) + m(z_a),   noise_a = z_a

    Drawing and likelihood cost one pass of small networks each.

    Args:
        latent_dim: size of z, at least 2.
        layers: invertible layers, one upon the other.
        hidden: widths of the hidden layers of each one's network.
        num_classes: number of classes, or None.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, -log p(z) in nats.

    Example:
        >>> CouplingFlow(4, layers=2, hidden=(8,)).log_prob(tf.zeros([3, 4])).shape
        TensorShape([3])

    Reference: Dinh et al. 2016, "Density estimation using real NVP", arXiv 1605.08803, equations
        4 and 5. Units change places by permutations; scales are bounded by tanh.
    """

    least_dim = 2

    @property
    def _kept(self):
        return self.latent_dim // 2

    def _network(self, name):
        made = 2 * (self.latent_dim - self._kept)
        return mlp((self._kept,), (made,), self.hidden, "silu", self.num_classes, name)

    def _order(self, i):
        """At random; and every second time, those halves in the places of each other."""
        if i % 2:
            return np.roll(np.arange(self.latent_dim), -self._kept).astype(np.int32)
        return np.random.default_rng(i).permutation(self.latent_dim).astype(np.int32)

    def _layer(self, network, z, labels):
        kept, moved = z[:, : self._kept], z[:, self._kept :]
        shift, log_scale = self._shift_and_scale(network, kept, labels)
        moved = moved * tf.exp(log_scale) + shift
        return tf.concat([kept, moved], axis=-1), tf.reduce_sum(log_scale, axis=-1)

    def _inverse(self, network, noise, labels):
        kept, moved = noise[:, : self._kept], noise[:, self._kept :]
        shift, log_scale = self._shift_and_scale(network, kept, labels)
        return tf.concat([kept, (moved - shift) * tf.exp(-log_scale)], axis=-1)


@keras.saving.register_keras_serializable(package="tfgen")
class AutoregressiveFlow(NormalizingFlow):
    """A flow in which each unit is scaled and shifted by what those before it say.

        noise_t = (z_t - m(z_1 ... z_(t-1))) * exp(-s(z_1 ... z_(t-1)))

    Its likelihood costs one pass and is the better one; drawing costs a pass for each unit.

    Args:
        latent_dim: size of z.
        layers: invertible layers, one upon the other, in opposite orders.
        hidden: widths of the hidden layers of each one's network.
        num_classes: number of classes, or None.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, -log p(z) in nats.

    Example:
        >>> AutoregressiveFlow(4, layers=2, hidden=(8,)).sample(3, seed=0).shape
        TensorShape([3, 4])

    Reference: Papamakarios et al. 2017, "Masked autoregressive flow", arXiv 1705.07057, equations
        3 and 4, with scales bounded by tanh.
    """

    def _network(self, name):
        return masked_mlp(self.latent_dim, 2, self.hidden, self.num_classes, name)

    def _order(self, i):
        straight = np.arange(self.latent_dim, dtype=np.int32)
        return straight[::-1].copy() if i % 2 else straight

    def _layer(self, network, z, labels):
        shift, log_scale = self._shift_and_scale(network, z, labels)
        return (z - shift) * tf.exp(-log_scale), -tf.reduce_sum(log_scale, axis=-1)

    def _inverse(self, network, noise, labels):
        """After pass t the first t units are right, whatever the others are by then."""

        def body(i, z):
            shift, log_scale = self._shift_and_scale(network, z, labels)
            return i + 1, noise * tf.exp(log_scale) + shift

        start = (tf.constant(0), tf.zeros_like(noise))
        return tf.while_loop(lambda i, _: i < self.latent_dim, body, start)[1]
