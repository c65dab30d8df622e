"""The rows of variational autoencoders."""

import keras
from conformance import examples
from conformance.row import Row
from models import IMAGE_SHAPE, LearnedNormal, small_vae

import tfgen
from tfgen import likelihoods, losses, networks

LATENT_DIM = 3
HEIGHT, WIDTH, CHANNELS = IMAGE_SHAPE


def _of(likelihood):
    """A VAE whose decoder gives all that the likelihood reads."""
    parameters = (HEIGHT, WIDTH, CHANNELS * likelihood.parameters_per_channel)
    encoder = networks.mlp(IMAGE_SHAPE, (2 * LATENT_DIM,), hidden=(16,))
    decoder = networks.mlp((LATENT_DIM,), parameters, hidden=(16,))
    return tfgen.VAE(encoder, decoder, likelihood, LATENT_DIM)


def _convolutional(num_classes=None):
    """With a learned scale, and batch normalisation."""
    encoder = networks.conv_encoder(IMAGE_SHAPE, 2 * LATENT_DIM, 8, num_classes)
    means = networks.conv_decoder(LATENT_DIM, IMAGE_SHAPE, 8, num_classes)
    scaled = likelihoods.LearnedScale(initial_scale=0.3)(means.output)
    decoder = keras.Model(means.inputs if num_classes else means.input, scaled)
    return tfgen.VAE(encoder, decoder, likelihoods.Gaussian(), LATENT_DIM, num_classes=num_classes)


def _points():
    encoder = networks.mlp((2,), (2 * LATENT_DIM,), hidden=(16,))
    decoder = networks.mlp((LATENT_DIM,), (2,), hidden=(16,))
    return tfgen.VAE(encoder, decoder, likelihoods.Gaussian(scale=0.5), LATENT_DIM)


def _judged(cls):
    discriminator = networks.mlp((LATENT_DIM,), (1,), hidden=(8,), activation="tanh")
    return small_vae(cls, discriminator=discriminator)


def _rae():
    encoder = networks.mlp(IMAGE_SHAPE, (LATENT_DIM,), hidden=(16,))
    decoder = networks.mlp((LATENT_DIM,), IMAGE_SHAPE, hidden=(16,), activation="tanh")
    return tfgen.RAE(encoder, decoder, likelihoods.Bernoulli(), LATENT_DIM)


# What a rate asks of training; what these models offer and export is that of "vae".
RATES = {
    "vae-total-correlation": losses.TotalCorrelation(64, stratified=True),
    "vae-dip": losses.DIP(0.1, 0.1, "II"),
    "vae-mmd": losses.MMD(10.0, kl_weight=0.1),
}


def _rated(rate):
    return lambda: small_vae(rate=rate)


ROWS = [
    Row("vae", small_vae, examples.digits),
    Row("vae-conv-learned-scale", _convolutional, examples.digits),
    Row("vae-discretised-logistic", lambda: _of(likelihoods.DiscretisedLogistic(bits=4)),
        examples.digits),
    Row("vae-categorical", lambda: _of(likelihoods.Categorical(levels=4)), examples.digits),
    Row("vae-class-conditional", lambda: _convolutional(10), examples.labelled_digits),
    Row("vae-trained-prior", lambda: small_vae(prior=LearnedNormal(LATENT_DIM)), examples.digits),
    Row("vae-points", _points, examples.points),
    Row("factor-vae", lambda: _judged(tfgen.FactorVAE), examples.digits),
    Row("adversarial-autoencoder", lambda: _judged(tfgen.AdversarialAutoencoder),
        examples.digits, endpoints=()),
    *(Row(name, _rated(rate), examples.digits, endpoints=()) for name, rate in RATES.items()),
    Row("rae", _rae, examples.digits, endpoints=("decode",)),
    Row("iwae", lambda: small_vae(tfgen.IWAE, num_samples=3), examples.digits),
]  # fmt: skip
