"""A convolutional VAE on dynamically binarised MNIST, its decoder shaped for phones.

The generator is made of resizes, convolutions and foldable normalisation, so that it exports to
small and fast quantized files.
"""

import functools

import tfgen
from tfgen.recipes import mnist_vae
from tfgen.recipes.judging import judge_vae
from tfgen.recipes.quality import mnist_frechet
from tfgen.recipes.recipe import Recipe, Settings, steps_per_call

LATENT_DIM = 16


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    import keras

    encoder = tfgen.networks.conv_encoder((28, 28, 1), 2 * LATENT_DIM)
    decoder = tfgen.networks.conv_decoder(LATENT_DIM, (28, 28, 1))
    vae = tfgen.VAE(encoder, decoder, tfgen.likelihoods.Bernoulli(), LATENT_DIM)
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, settings.epochs * steps_per_epoch)
    # Without XLA, which makes convolutions slower on CPUs; a step is long enough to be called
    # from Python a few at a time.
    optimizer = keras.optimizers.Adam(schedule)
    vae.compile(optimizer, steps_per_execution=steps_per_call(steps_per_epoch, 12))
    return vae


RECIPE = Recipe(
    name="mnist-conv-vae",
    modality="image",
    family="VAE",
    data="mnist",
    time="6 min",
    expected="NLL 88.6 nats, 100 importance samples",
    settings=Settings(epochs=15, batch_size=128),
    build=build,
    dataset=mnist_vae.dataset,
    judge=functools.partial(judge_vae, num_samples=100),  # 5,000 convolved ones take hours
    quality=mnist_frechet,
)
