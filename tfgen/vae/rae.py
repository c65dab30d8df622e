"""The regularised autoencoder: a VAE's sense without its noise."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfgen import sampling
from tfgen.checks.numbers import check_number
from tfgen.schedules import value
from tfgen.vae.vae import VAE

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="tfgen")
class RAE(VAE):
    """A deterministic autoencoder whose latents stay small and whose decoder stays smooth.

        loss = -log p(x | z) + beta * |z|^2 / 2 + smoothness * |J|^2,   z = encoder(x)

    J is the Jacobian of the mean example with respect to z; its squared norm is estimated without
    bias, by the gradient along one random direction. Weight decay of the decoder, by
    `keras.optimizers.AdamW`, is the other way to smoothness. Its samples are worth something with a
    prior that is fitted to its latents: N(0, I), which it begins with, was no part of its training.

    Args:
        encoder: built network, images -> z, [batch, latent_dim].
        decoder: as for `VAE`, like the next two.
        likelihood: `tfgen.likelihoods` object.
        latent_dim: size of z.
        smoothness: weight of the Jacobian's squared norm, at least 0.
        beta: of the squared latents, a float or a schedule; the paper has 1e-4 to 1e-2 beside a
            mean over pixels.
        **kwargs: `num_classes`, `prior` and `kind` as for `VAE`, `name` and `dtype`.

    Logs: `loss`; `distortion`; `rate`, |z|^2 / 2; `roughness`, |J|^2; `active_units`.

    Raises:
        ValueError: as a `VAE` does, and for a negative smoothness.

    Reference: Ghosh et al. 2019, "From variational to deterministic autoencoders", arXiv
        1903.12436, equations 6 and 10.

    Example:
        >>> from tfgen import likelihoods, networks
        >>> encoder = networks.mlp((8, 8, 1), (2,))
        >>> decoder = networks.mlp((2,), (8, 8, 1))
        >>> rae = RAE(encoder, decoder, likelihoods.Bernoulli(), latent_dim=2)
        >>> rae.latents(tf.zeros([3, 8, 8, 1])).shape
        (3, 2)
    """

    encoded_per_unit = 1

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: Any,
        latent_dim: int,
        *,
        smoothness: float = 0.1,
        beta: Any = 1.0,
        **kwargs: Any,
    ):
        check_number("RAE", "smoothness", smoothness, "Use 0.1, or 0 for none.", least=0)
        super().__init__(encoder, decoder, likelihood, latent_dim, beta=beta, **kwargs)
        self.smoothness = smoothness
        names = ("loss", "distortion", "rate", "roughness")
        units = self._trackers["active_units"]
        self._trackers = {n: keras.metrics.Mean(name=n) for n in names} | {"active_units": units}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["rate"]  # which is that of the latents' size
        return {**config, "smoothness": self.smoothness}

    def encode(self, images: Any, labels: Any = None, training: bool = False) -> Any:
        """Return z as a `tfd.Deterministic`, of batch shape [batch], event [latent_dim]."""
        z, _ = self.posterior_parameters(images, labels, training)
        return tfd.Independent(tfd.Deterministic(z), 1)

    def _as_posterior(self, outputs):
        return outputs, tf.zeros_like(outputs)

    def objective(
        self, images: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch] and its terms; see the class."""
        z, _ = self.posterior_parameters(images, labels, training)
        parameters = self._parameters(z, labels, training)
        distortion = -self.likelihood(parameters).log_prob(images)
        size = 0.5 * tf.reduce_sum(tf.square(z), axis=-1)
        rough = self._roughness(z, labels) if self.smoothness else tf.zeros_like(size)
        loss = distortion + value(self.beta, self.step) * size + self.smoothness * rough
        return loss, {"distortion": distortion, "rate": size, "roughness": rough, "active_units": z}

    def _roughness(self, z, labels):
        """|J|^2 = E |J^T v|^2 for v of N(0, I), [batch]."""
        with tf.GradientTape() as tape:
            tape.watch(z)
            mean = self.decode_examples(z, labels)
            rows = self.row_seeds(tf.shape(z)[0])
            direction = sampling.normal(rows, tuple(mean.shape[1:]))
            along = tf.reduce_sum(mean * direction)
        return tf.reduce_sum(tf.square(tape.gradient(along, z)), axis=-1)

    def log_likelihood(self, *args: Any, **kwargs: Any) -> np.ndarray:
        """Raise `ValueError`: without noise in z there is no density to estimate."""
        raise ValueError(
            "RAE.log_likelihood was called: a deterministic autoencoder has no likelihood. Use a "
            "VAE, or compare samples by tfgen.metrics."
        )
