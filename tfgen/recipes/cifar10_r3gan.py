"""R3GAN on CIFAR-10, for those with a GPU and the data.

The residual networks without normalisation of Huang et al. 2025 (arXiv 2501.05441), which report a
Fréchet distance of 1.96 for 59 million weights, 200 million images and Inception's features. These
networks are smaller and their convolutions are not grouped: no such number should be expected, and
samples are seen through a small classifier of the ten classes instead.
"""

import tfgen
from tfgen.recipes import judging
from tfgen.recipes.models import gans
from tfgen.recipes.recipe import Recipe, Settings


def build(settings, spec, steps_per_epoch):
    """Return the compiled model."""
    import keras

    latent_dim, width = settings["latent_dim"], settings["width"]
    updates = settings.epochs * steps_per_epoch
    generator = tfgen.networks.r3gan_generator(latent_dim, spec.shape, width=width)
    bounded = keras.layers.Activation("tanh", dtype="float32")(generator.output)
    # The paper's schedule for CIFAR-10: the penalties fall to a fifth.
    gamma = tfgen.schedules.Warmup(updates, settings["gamma"], settings["gamma_end"])
    gan = tfgen.GAN(
        keras.Model(generator.input, bounded, name="generator"),
        tfgen.networks.r3gan_discriminator(spec.shape, width=width),
        latent_dim,
        loss=tfgen.losses.relativistic,
        penalties=[tfgen.losses.r1(gamma), tfgen.losses.r2(gamma)],
        ema_half_life=settings["ema_images"],
        augment=tfgen.gan.AdaptiveAugment(),
    )
    return gans.compiled(gan, settings, steps_per_epoch)


RECIPE = Recipe(
    name="cifar10-r3gan",
    family="GAN",
    time="a day on a GPU, estimated; never run whole",
    expected="not recorded: needs a GPU",
    settings=Settings(
        epochs=1000,
        batch_size=512,
        data="cifar10",
        options={
            **gans.OPTIONS,
            "width": 64,
            "gamma": 0.05,
            "gamma_end": 0.01,
            "ema_images": 500_000,
        },
    ),
    build=build,
    batches=gans.batches,
    judge=judging.judge_samples,
    quality=judging.quality,
    every=20,
)
