"""The DCGAN on MNIST: two convolutional networks with batch normalisation.

Networks and settings of Radford et al. 2015 (arXiv 1511.06434), half as wide and with resizes in
place of transposed convolutions; the samples are those of an average generator.
"""

import functools

import tfgen
from tfgen.recipes.judging import frechet_distance, judge_digits
from tfgen.recipes.quality import mnist_frechet
from tfgen.recipes.recipe import Recipe, Settings, steps_per_call

LATENT_DIM, WIDTH = 64, 32
IMAGE_SHAPE = (28, 28, 1)
NUM_CLASSES = 10
EMA_HALF_LIFE = 10_000  # images


def build(settings, steps_per_epoch, image_shape=IMAGE_SHAPE):
    """Return the compiled model."""
    gan = tfgen.GAN(
        tfgen.networks.dcgan_generator(LATENT_DIM, image_shape, WIDTH),
        tfgen.networks.dcgan_discriminator(image_shape, WIDTH),
        LATENT_DIM,
        loss=tfgen.losses.non_saturating,
        ema_half_life=EMA_HALF_LIFE,
    )
    return compiled(gan, settings, steps_per_epoch, rate=2e-4, beta_1=0.5)


def compiled(gan, settings, steps_per_epoch, rate, beta_1=0.0, beta_2=0.99, within=1.0, to=0.0):
    """Return the GAN, compiled with two Adams for a whole training.

    Their rate falls from `rate` to the share `to` of it, `within` that share of the training, by
    half a cosine, and stays there.
    """
    import keras

    def adam(updates):
        schedule = keras.optimizers.schedules.CosineDecay(rate, int(within * updates), alpha=to)
        return keras.optimizers.Adam(schedule, beta_1, beta_2)

    updates = settings.epochs * steps_per_epoch
    gan.compile(
        d_optimizer=adam(updates * gan.discriminator_steps),
        g_optimizer=adam(updates),
        steps_per_execution=steps_per_call(steps_per_epoch, 12),
    )
    return gan


def dataset(split, settings, data_dir=None, first_epoch=0, labels=False):
    """Return grey MNIST in [-1, 1], the range of tanh."""
    return tfgen.data.images(
        "mnist",
        split,
        batch_size=settings.batch_size,
        value_range=(-1.0, 1.0),
        labels=labels,
        seed=settings.seed,
        first_epoch=first_epoch,
        data_dir=data_dir,
        drop_remainder=split == "train",  # its batches are dealt out in equal parts
    )


quality = functools.partial(mnist_frechet, value_range=(-1.0, 1.0))

RECIPE = Recipe(
    name="mnist-dcgan",
    modality="image",
    family="GAN",
    data="mnist",
    time="18 min on a busy machine",
    expected="Fréchet distance 2.1 (training digits: 0.03)",
    settings=Settings(epochs=12, batch_size=128),
    build=build,
    dataset=dataset,
    judge=judge_digits,
    watch=frechet_distance,
    quality=quality,
    every=2,
)
