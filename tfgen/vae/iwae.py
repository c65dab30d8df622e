"""The importance-weighted autoencoder."""

import math

import keras
import tensorflow as tf
import tensorflow_probability as tfp

from tfgen import sampling
from tfgen.checks.numbers import check_integer
from tfgen.vae.likelihood_bounds import distortions
from tfgen.vae.vae import VAE

tfd = tfp.distributions


@keras.saving.register_keras_serializable(package="tfgen")
class IWAE(VAE):
    """A VAE trained on the importance-weighted bound with `num_samples` latents per example.

        loss = -log (1/k) sum_i w_i,   w_i = p(x, z_i) / q(z_i | x),   z_i ~ q(z | x)

    The bound tightens as k grows. The gradient of the encoder is doubly reparameterised by
    default: its noise falls with k, where that of the plain gradient grows.

    Args:
        encoder: as for `VAE`, like the next three.
        decoder: built network, z -> parameters of the likelihood.
        likelihood: `tfgen.likelihoods` object.
        latent_dim: size of z.
        num_samples: k, at least 1.
        doubly_reparameterised: False for the gradient of Burda et al.
        **kwargs: `num_classes`, `prior` and `kind` as for `VAE`, `name` and `dtype`.

    Logs: `loss`, minus the bound; `distortion`, the mean over the k latents; `rate`, the KL in
    closed form; `elbo`, `active_units`.

    Reference:
        Burda et al. 2015, arXiv 1509.00519, equations 8 and 13; Tucker et al. 2018, arXiv
        1810.04152, equation 9, for the doubly-reparameterised gradient.
    """

    def __init__(
        self,
        encoder,
        decoder,
        likelihood,
        latent_dim,
        *,
        num_samples=5,
        doubly_reparameterised=True,
        **kwargs,
    ):
        check_integer("IWAE", "num_samples", num_samples, "Use 5.")
        super().__init__(encoder, decoder, likelihood, latent_dim, **kwargs)
        self.num_samples, self.doubly_reparameterised = num_samples, doubly_reparameterised

    def get_config(self):
        """Return the constructor's arguments."""
        config = super().get_config()
        del config["beta"], config["rate"]  # the bound leaves no room for them
        names = ("num_samples", "doubly_reparameterised")
        return {**config, **{name: getattr(self, name) for name in names}}

    def objective(self, images, labels, training):
        """Return minus the importance-weighted bound [batch] and its terms."""
        posterior = self.encode(images, labels, training)
        z = self._latents(posterior)  # [num_samples, batch, latent_dim]
        weigh = _doubly_reparameterised if self.doubly_reparameterised else _reparameterised
        bound, distortion = weigh(self, images, labels, posterior, z, training)
        kl = tf.reduce_sum(self.prior.kl(posterior, z[0], labels), axis=-1)
        return -bound, self._terms(tf.reduce_mean(distortion, axis=0), kl, posterior)

    def _latents(self, posterior):
        mean, scale = posterior.mean(), posterior.stddev()
        rows = self.row_seeds(tf.shape(mean)[0])
        noise = sampling.normal(rows, (self.num_samples, self.latent_dim))
        return mean + scale * tf.transpose(noise, [1, 0, 2])


def _reparameterised(model, images, labels, posterior, z, training):
    distortion = distortions(model, images, labels, z, training)
    log_weights = model.prior.log_prob(z, labels) - posterior.log_prob(z) - distortion
    return _log_mean_exp(log_weights), distortion


def _doubly_reparameterised(model, images, labels, posterior, z, training):
    """The same bound; on its way back to the encoder, the gradient of z_i gains a factor w_i.

    The gradient of the bound with respect to z_i is w_i d log w_i / d z_i, for w normalised over
    the samples. Equation 9 of Tucker et al. asks the encoder for w_i**2, and drops the score, that
    is the gradient through the parameters of q within log q(z_i | x). The decoder's is unchanged.
    """
    normalised = {}

    @tf.custom_gradient
    def reweighted(z):
        # Runs in the backward pass, when the weights below are known.
        return tf.identity(z), lambda gradient: gradient * normalised["weights"][..., None]

    z = reweighted(z)
    mean, scale = tf.stop_gradient(posterior.mean()), tf.stop_gradient(posterior.stddev())
    score_free = tfd.Independent(tfd.Normal(mean, scale), 1)
    distortion = distortions(model, images, labels, z, training)
    log_weights = model.prior.log_prob(z, labels) - score_free.log_prob(z) - distortion
    normalised["weights"] = tf.stop_gradient(tf.nn.softmax(log_weights, axis=0))
    return _log_mean_exp(log_weights), distortion


def _log_mean_exp(log_weights):
    """Return log of the mean over the first axis, [samples, batch] -> [batch]."""
    samples = log_weights.shape[0]
    return tf.reduce_logsumexp(log_weights, axis=0) - math.log(samples)
