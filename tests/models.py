"""Small models that several tests build."""

import keras
import tensorflow as tf
import tensorflow_probability as tfp

import tfgen
from tfgen import likelihoods, networks, sampling
from tfgen.losses import rates

IMAGE_SHAPE = (8, 8, 1)


def small_vae(cls=tfgen.VAE, latent_dim=3, num_classes=None, **arguments):
    """Return an uncompiled VAE or IWAE of the two kinds on 8x8 images."""
    encoder = networks.mlp(IMAGE_SHAPE, (2 * latent_dim,), hidden=(16,), num_classes=num_classes)
    decoder = networks.mlp((latent_dim,), IMAGE_SHAPE, hidden=(16,), num_classes=num_classes)
    return cls(
        encoder, decoder, likelihoods.Bernoulli(), latent_dim, num_classes=num_classes, **arguments
    )


def small_conv_vae(latent_dim=4):
    """Return an uncompiled convolutional VAE on 8x8 images, with batch normalisation."""
    encoder = networks.conv_encoder(IMAGE_SHAPE, 2 * latent_dim, width=8)
    decoder = networks.conv_decoder(latent_dim, IMAGE_SHAPE, width=8)
    return tfgen.VAE(encoder, decoder, likelihoods.Bernoulli(), latent_dim)


def small_vqvae(quantizer, likelihood=None):
    """Return an uncompiled VQVAE on 8x8 images, of 2x2 vectors of 3 numbers."""
    likelihood = likelihood or likelihoods.Bernoulli()
    encoder = networks.grid_encoder(IMAGE_SHAPE, 3, width=4, blocks=1)
    decoder = networks.grid_decoder(3, IMAGE_SHAPE, width=4, blocks=1)
    return tfgen.VQVAE(encoder, decoder, quantizer, likelihood)


def compiled(model, **arguments):
    """Return the model, compiled with Adam."""
    model.compile(keras.optimizers.Adam(1e-2), **arguments)
    return model


@keras.saving.register_keras_serializable(package="tests")
class LearnedNormal(keras.layers.Layer):
    """p(z) = N(mean, scale), both learned: the smallest prior that trains with its VAE."""

    def __init__(self, latent_dim, **kwargs):
        super().__init__(**kwargs)
        self.latent_dim = latent_dim
        self.mean = self.add_weight((latent_dim,), "zeros", name="mean")
        self.raw_scale = self.add_weight((latent_dim,), "zeros", name="raw_scale")
        self.built = True

    def get_config(self):
        return {**super().get_config(), "latent_dim": self.latent_dim}

    def _mean_and_scale(self):
        mean, raw = (tf.convert_to_tensor(v.value) for v in (self.mean, self.raw_scale))
        return mean, tf.exp(raw)

    @property
    def distribution(self):
        normal = tfp.distributions.Normal(*self._mean_and_scale())
        return tfp.distributions.Independent(normal, 1)

    def log_prob(self, z, labels=None):
        return self.distribution.log_prob(z)

    def draw(self, seeds, labels=None):
        mean, scale = self._mean_and_scale()
        return mean + scale * sampling.normal(seeds, (self.latent_dim,))

    def kl(self, posterior, z, labels=None):
        return rates.kl_per_dimension(posterior, self.distribution)
