"""Small models that several tests build."""

import keras

import tfgen
from tfgen import likelihoods, networks

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


def compiled(model, **arguments):
    """Return the model, compiled with Adam."""
    model.compile(keras.optimizers.Adam(1e-2), **arguments)
    return model
