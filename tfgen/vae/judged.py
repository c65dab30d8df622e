"""VAEs whose latents a discriminator looks at."""

from typing import Any

import keras
import tensorflow as tf

from tfgen.checks.networks import check_network, output_shape
from tfgen.checks.numbers import check_number
from tfgen.networks.checks import check_fit
from tfgen.training.data import unpacked, weighted
from tfgen.vae.vae import VAE


class JudgedVAE(VAE):
    """A VAE that learns from a discriminator of latents, which learns from latents alone.

        loss = VAE's loss + weight * penalty(D(z))

    The discriminator has an optimizer of its own and sees z cut off from the encoder, beside others
    that a subclass makes in `_others(z, labels)`; it takes z for true and the others for false. A
    subclass names and defines the penalty too.

    Args:
        discriminator: built network, z -> one logit.
        weight: of the penalty, at least 0.
        **kwargs: as for `VAE`.
    """

    optimizer_targets = {"vae_optimizer": "autoencoder", "d_optimizer": "discriminator"}
    penalty: str  # its name in the logs

    def __init__(
        self,
        encoder: keras.Model,
        decoder: keras.Model,
        likelihood: Any,
        latent_dim: int,
        discriminator: keras.Model,
        *,
        weight: float = 10.0,
        **kwargs: Any,
    ):
        super().__init__(encoder, decoder, likelihood, latent_dim, **kwargs)
        owner = type(self).__name__
        check_number(owner, "weight", weight, "Use 10.", least=0)
        check_network(owner, "discriminator", discriminator)
        made = output_shape(owner, "discriminator", discriminator, (self.latent_dim,))
        fits = [("discriminator's output shape", made, (1,))]
        check_fit(f"{owner}(latent_dim={self.latent_dim})", fits)
        self.discriminator, self.weight = discriminator, weight
        own = {n: keras.metrics.Mean(name=n) for n in (self.penalty, "d_loss")}
        self._trackers = {**self._trackers, **own}

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"discriminator": self.discriminator, "weight": self.weight}
        return {**super().get_config(), **own}

    @property
    def autoencoder(self) -> Any:
        """All that is no discriminator: what `vae_optimizer` trains."""
        return _Without(self, self.discriminator)

    def _penalty(self, logits):
        """The penalty [batch] of the logits [batch] of z."""
        raise NotImplementedError(f"{type(self).__name__} does not define _penalty.")

    def _others(self, z, labels):
        """What z is told from, [batch, latent_dim]."""
        raise NotImplementedError(f"{type(self).__name__} does not define _others.")

    # ------------------------------------------------------------------ training

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Update the autoencoder, then the discriminator; return what is logged."""
        images, labels, sample_weight = unpacked(self.takes, data)
        with tf.GradientTape() as tape:
            loss, terms, z = self._penalised(images, labels, training=True)
            loss = weighted(loss, sample_weight)
            regularizers = [*self.encoder.losses, *self.decoder.losses]
        variables = self.autoencoder.trainable_variables
        self.minimize(self.vae_optimizer, tape, loss, variables, regularizers)
        logs = self.track(loss=loss, **terms)
        return {**logs, **self._train_discriminator(tf.stop_gradient(z), labels)}

    def _train_discriminator(self, z, labels=None):
        others = self._others(z, labels)
        with tf.GradientTape() as tape:
            loss = self._d_loss(z, others, training=True)
            regularizers = list(self.discriminator.losses)
        variables = self.discriminator.trainable_variables
        self.minimize(self.d_optimizer, tape, loss, variables, regularizers)
        return self.track(d_loss=loss)

    def test_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Judge held-out examples, without learning; return what is logged."""
        images, labels, sample_weight = unpacked(self.takes, data)
        loss, terms, z = self._penalised(images, labels, training=False)
        d_loss = self._d_loss(z, self._others(z, labels), training=False)
        return self.track(loss=weighted(loss, sample_weight), d_loss=d_loss, **terms)

    def objective(
        self, images: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the autoencoder's loss [batch] and its terms; see the class."""
        return self._penalised(images, labels, training)[:2]

    def _penalised(self, images, labels, training):
        loss, terms, z = self._bound(images, labels, training)
        penalty = self._penalty(self._logits(z, training))
        return loss + self.weight * penalty, {**terms, self.penalty: penalty}, z

    def _logits(self, z, training):
        return tf.cast(self.discriminator(z, training=training), tf.float32)[:, 0]

    def _d_loss(self, z, others, training):
        true, false = (self._logits(latents, training) for latents in (z, others))
        return tf.nn.softplus(-true) + tf.nn.softplus(false)


class _Without:
    """A model but for one of its networks, as optimizers see it."""

    def __init__(self, model, network):
        left_out = {id(v) for v in network.weights}
        self.weights = [v for v in model.weights if id(v) not in left_out]
        self.trainable_variables = [v for v in model.trainable_variables if id(v) not in left_out]
