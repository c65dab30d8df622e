"""A GAN on a ring of 8 Gaussians, on which many adversarial objectives lose modes.

Relativistic pairing with zero-centred penalties on both sides (Huang et al. 2025, arXiv 2501.05441)
finds them all. The points are those of Srivastava et al. 2017 (arXiv 1705.07761): radius 1,
deviation 0.01.
"""

import tfgen
from tfgen.recipes.judging import judge_mixture
from tfgen.recipes.recipe import Recipe, Settings, steps_per_call

LATENT_DIM = 2
HIDDEN = (128, 128, 128, 128)  # the deeper, the sharper the borders between modes
DEVIATION = 0.01
BATCHES = 200


def build(settings, steps_per_epoch):
    """Return the compiled model."""
    return mixture_gan(settings, steps_per_epoch, spread=1.0, gamma=0.1)


def mixture_gan(settings, steps_per_epoch, spread, gamma):
    """Return a compiled GAN for points in the plane.

    Args:
        settings: the recipe's.
        steps_per_epoch: likewise.
        spread: how far from 0 the points lie; the networks see them divided by it.
        gamma: weight of the penalties.
    """
    import keras

    generator = tfgen.networks.mlp((LATENT_DIM,), (2,), HIDDEN, "relu")
    generator = keras.Sequential([generator, keras.layers.Rescaling(spread)])
    judge = tfgen.networks.mlp((2,), (1,), HIDDEN, "leaky_relu")
    discriminator = keras.Sequential([keras.Input((2,)), keras.layers.Rescaling(1 / spread), judge])
    penalties = [tfgen.losses.r1(gamma), tfgen.losses.r2(gamma)]
    gan = tfgen.GAN(
        generator,
        discriminator,
        LATENT_DIM,
        loss=tfgen.losses.relativistic,
        penalties=penalties,
        ema_half_life=50 * settings.batch_size,
    )

    def adam():
        rate = keras.optimizers.schedules.CosineDecay(1e-3, settings.epochs * steps_per_epoch)
        return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99)

    gan.compile(
        d_optimizer=adam(),
        g_optimizer=adam(),
        jit_compile=True,
        steps_per_execution=steps_per_call(steps_per_epoch, 100),
    )
    return gan


def dataset(split, settings, data_dir=None, first_epoch=0):
    """Return fresh points; those of the test are others than those of the training."""
    return points(tfgen.metrics.ring_centres(), DEVIATION, split, settings, first_epoch)


def points(centres, deviation, split, settings, first_epoch):
    """Return the dataset of a mixture."""
    test = split != "train"
    return tfgen.data.mixture(
        centres,
        deviation,
        batch_size=settings.batch_size,
        batches=10 if test else BATCHES,
        seed=settings.seed + (2**30 if test else 0),
        first_epoch=first_epoch,
    )


def judge(model, test):
    """Return modes and quality of the samples."""
    return judge_mixture(model, tfgen.metrics.ring_centres(), DEVIATION)


RECIPE = Recipe(
    name="ring-gan",
    modality="points",
    family="GAN",
    data="ring of 8 Gaussians",
    time="1 min",
    expected="8 of 8 modes, 98 % of samples within 3 deviations",
    settings=Settings(epochs=100, batch_size=256),
    build=build,
    dataset=dataset,
    judge=judge,
    every=10,
)
