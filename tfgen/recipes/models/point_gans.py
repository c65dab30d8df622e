"""An adversarial network of perceptrons for points."""

import tfgen
from tfgen.recipes.recipe import steps_per_call

OPTIONS = {
    "learning_rate": 1e-3,
    "latent_dim": 2,
    "width": 128,  # of four hidden layers: the deeper, the sharper the borders between modes
    "gamma": 0.1,
    "spread": 1.0,  # how far from 0 the points lie; the networks see them divided by it
}


def relativistic(settings, spec, steps_per_epoch):
    """Return a compiled GAN for points; options: OPTIONS."""
    import keras

    hidden, latent_dim = (settings["width"],) * 4, settings["latent_dim"]
    spread, gamma = settings["spread"], settings["gamma"]
    generator = tfgen.networks.mlp((latent_dim,), spec.shape, hidden, "relu")
    generator = keras.Sequential([generator, keras.layers.Rescaling(spread)])
    judge = tfgen.networks.mlp(spec.shape, (1,), hidden, "leaky_relu")
    scaling = keras.layers.Rescaling(1 / spread)
    discriminator = keras.Sequential([keras.Input(spec.shape), scaling, judge])
    gan = tfgen.GAN(
        generator,
        discriminator,
        latent_dim,
        loss=tfgen.losses.relativistic,
        penalties=[tfgen.losses.r1(gamma), tfgen.losses.r2(gamma)],
        ema_half_life=50 * settings.batch_size,
    )

    def adam():
        updates = settings.epochs * steps_per_epoch
        rate = keras.optimizers.schedules.CosineDecay(settings["learning_rate"], updates)
        return keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.99)

    gan.compile(
        d_optimizer=adam(),
        g_optimizer=adam(),
        jit_compile=True,
        steps_per_execution=steps_per_call(steps_per_epoch, 100),
    )
    return gan


def batches(source, split, settings, first_epoch=0):
    """Return batches of points, in training all of one size."""
    return source.batches(
        split,
        batch_size=settings.batch_size,
        seed=settings.seed,
        first_epoch=first_epoch,
        drop_remainder=split == "train",
    )
