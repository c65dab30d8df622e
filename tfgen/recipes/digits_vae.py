"""A convolutional VAE on the 8x8 digits that scikit-learn carries: seconds, and no download.

One learned scale over all pixels weighs the distortion against the rate (sigma-VAE); with a
cross-entropy on grey values the latents would keep less, and the digits blur.
"""

import functools

import tfgen
from tfgen.recipes.judging import judge_vae
from tfgen.recipes.recipe import Recipe, Settings, steps_per_call

LATENT_DIM = 8


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    import keras

    encoder = tfgen.networks.conv_encoder((8, 8, 1), 2 * LATENT_DIM, width=32)
    means = tfgen.networks.conv_decoder(LATENT_DIM, (8, 8, 1), width=32)
    decoder = keras.Sequential([means, tfgen.likelihoods.LearnedScale(initial_scale=0.3)])
    vae = tfgen.VAE(encoder, decoder, tfgen.likelihoods.Gaussian(), LATENT_DIM)
    schedule = keras.optimizers.schedules.CosineDecay(2e-3, settings.epochs * steps_per_epoch)
    optimizer = keras.optimizers.Adam(schedule)
    vae.compile(optimizer, steps_per_execution=steps_per_call(steps_per_epoch, 30))
    return vae


def dataset(split, settings, data_dir=None, first_epoch=0):
    """Return grey digits in [0, 1]."""
    return tfgen.data.images(
        "digits", split, batch_size=settings.batch_size, seed=settings.seed, first_epoch=first_epoch
    )


RECIPE = Recipe(
    name="digits-vae",
    modality="image",
    family="VAE",
    data="digits",
    time="20 s",
    expected="NLL of about -25 nats (density of grey values in [0, 1])",
    settings=Settings(epochs=60, batch_size=64),
    build=build,
    dataset=dataset,
    judge=functools.partial(judge_vae, num_samples=500),
    every=10,
)
