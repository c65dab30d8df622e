"""An autoencoder whose latents a discriminator holds to the prior."""

from typing import Any

import keras
import tensorflow as tf

from tfgen.vae.judged import JudgedVAE


@keras.saving.register_keras_serializable(package="tfgen")
class AdversarialAutoencoder(JudgedVAE):
    """An autoencoder whose latents, all together, a discriminator can't tell from the prior's.

        loss = -log p(x | z) + beta * KL + weight * log(1 + exp(D(z))),   z ~ q(z | x)

    D is the logit by which a discriminator tells latents from draws of the prior: the encoder
    lowers it. Each example may lie where it likes, so long as the crowd is like the prior, and so
    beta is 0 unless it is asked for. D learns from latents that are cut off from the encoder, by an
    optimizer of its own: `compile(vae_optimizer=..., d_optimizer=...)`.

    Args:
        encoder: as for `VAE`, like the next three.
        decoder: built network, z -> parameters of the likelihood.
        likelihood: `tfgen.likelihoods` object.
        latent_dim: size of z.
        discriminator: built network, z -> one logit, such as `networks.mlp((latent_dim,), (1,))`.
        weight: of what the discriminator says, in nats, at least 0.
        beta: of the KL.
        **kwargs: as for `VAE`.

    Logs: what a `VAE` does, `adversarial`, what the encoder pays, and `d_loss`, of the
    discriminator.

    Raises:
        ValueError: where the discriminator does not take z, or gives more than a logit.

    Reference: Makhzani et al. 2015, "Adversarial autoencoders", arXiv 1511.05644, section 2.

    Example:
        >>> from tfgen import likelihoods, networks
        >>> encoder = networks.mlp((8, 8, 1), (4,))
        >>> decoder = networks.mlp((2,), (8, 8, 1))
        >>> judge = networks.mlp((2,), (1,), hidden=(16,))
        >>> model = AdversarialAutoencoder(encoder, decoder, likelihoods.Bernoulli(), 2, judge)
        >>> model.compile(vae_optimizer="adam", d_optimizer="adam")
        >>> sorted(model.fit(tf.zeros([4, 8, 8, 1]), verbose=0).history)[:3]
        ['active_units', 'adversarial', 'd_loss']
    """

    penalty = "adversarial"

    def __init__(self, *args: Any, beta: Any = 0.0, **kwargs: Any):
        super().__init__(*args, beta=beta, **kwargs)

    def _penalty(self, logits):
        return tf.nn.softplus(logits)

    def _others(self, z, labels=None):
        """As many draws of the prior."""
        return self.prior.draw(self.row_seeds(tf.shape(z)[0]), labels)
