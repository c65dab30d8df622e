"""A VAE whose units are driven apart by a discriminator."""

import keras
import tensorflow as tf

from tfgen import sampling
from tfgen.replicas import gathered
from tfgen.vae.judged import JudgedVAE


@keras.saving.register_keras_serializable(package="tfgen")
class FactorVAE(JudgedVAE):
    """A VAE with a penalty on the total correlation of its units, judged by a discriminator.

        loss = VAE's loss + weight * D(z),   D(z) ~ log q(z) - sum_j log q(z_j)

    D is the logit by which a discriminator tells latents from others whose units were each drawn
    from a different example. It learns from latents that are cut off from the encoder, by an
    optimizer of its own: `compile(vae_optimizer=..., d_optimizer=...)`.

    Args:
        encoder: as for `VAE`, like the next three.
        decoder: built network, z -> parameters of the likelihood.
        likelihood: `tfgen.likelihoods` object.
        latent_dim: size of z.
        discriminator: built network, z -> one logit, such as `networks.mlp((latent_dim,), (1,))`.
        weight: of the total correlation, gamma of the paper, which has 6 to 40.
        **kwargs: as for `VAE`.

    Logs: what a `VAE` does, `total_correlation` by the discriminator and `d_loss`, its own.

    Raises:
        ValueError: where the discriminator does not take z, or gives more than a logit.

    Reference: Kim and Mnih 2018, "Disentangling by factorising", arXiv 1802.05983, algorithm 2.
        There the units that are mixed come from a second batch; here they are those of the first.

    Example:
        >>> from tfgen import likelihoods, networks
        >>> encoder = networks.mlp((8, 8, 1), (4,))
        >>> decoder = networks.mlp((2,), (8, 8, 1))
        >>> judge = networks.mlp((2,), (1,), hidden=(16,))
        >>> vae = FactorVAE(encoder, decoder, likelihoods.Bernoulli(), 2, judge)
        >>> vae.compile(vae_optimizer="adam", d_optimizer="adam")
        >>> sorted(vae.fit(tf.zeros([4, 8, 8, 1]), verbose=0).history)[:3]
        ['active_units', 'd_loss', 'distortion']
    """

    penalty = "total_correlation"

    def _penalty(self, logits):
        return logits

    def _others(self, z, labels=None):
        """Latents whose units each come from an example of their own, of all replicas."""
        count = tf.shape(z)[0]
        noise = gathered(sampling.uniform(self.row_seeds(count), (self.latent_dim,)))
        order = tf.argsort(tf.transpose(noise.values), axis=-1)  # [latent_dim, all]
        columns = tf.gather(tf.transpose(gathered(z).values), order, batch_dims=1)
        return tf.transpose(columns)[noise.start : noise.start + count]
