"""Adversarial networks for images: DCGAN, hinge with projection, WGAN-GP, R3GAN."""

import tfgen
from tfgen.recipes.models.classes import num_classes
from tfgen.recipes.recipe import steps_per_call

OPTIONS = {
    "learning_rate": 2e-4,
    "latent_dim": 64,
    "width": 32,
    "ema_images": 10_000,  # half-life of the average generator
    "conditional": False,
    "augment": False,  # before the discriminator, for little data
    "flip": False,
    "crop": 0,
}


def dcgan(settings, spec, steps_per_epoch):
    """Return a compiled GAN with the non-saturating loss and batch normalisation on both sides."""
    gan = _gan(settings, spec, tfgen.losses.non_saturating)
    return compiled(gan, settings, steps_per_epoch, beta_1=0.5)


def projection(settings, spec, steps_per_epoch):
    """Return a compiled GAN with the hinge loss and a spectrally normalised discriminator."""
    wrap = tfgen.networks.SpectralNormalization
    gan = _gan(settings, spec, tfgen.losses.hinge, batch_norm=False, wrap=wrap)
    return compiled(gan, settings, steps_per_epoch)


def wgan_gp(settings, spec, steps_per_epoch):
    """Return a compiled WGAN-GP; options: OPTIONS and `discriminator_steps`."""
    gan = _gan(
        settings,
        spec,
        tfgen.losses.wasserstein,
        [tfgen.losses.interpolation_penalty(10.0)],
        settings["discriminator_steps"],
        batch_norm=False,
    )
    return compiled(gan, settings, steps_per_epoch, beta_2=0.9)


def r3gan(settings, spec, steps_per_epoch, within=0.5, to=0.1):
    """Return a compiled GAN with the relativistic loss and penalties on both sides.

    Options: OPTIONS, `gamma`, the weight of the penalties, which falls to `gamma_end` over the
    training, and `interval`, the discriminator's steps from one penalty to the next. Learning rates
    fall to the share `to` of themselves `within` that share of the training, and stay there.
    """
    losses, gamma = tfgen.losses, settings["gamma"]
    if settings["gamma_end"] != gamma:
        updates = settings.epochs * steps_per_epoch
        gamma = tfgen.schedules.Warmup(updates, gamma, settings["gamma_end"])
    penalties = [losses.r1(gamma), losses.r2(gamma)]
    if settings["interval"] > 1:
        penalties = [losses.lazy(penalty, settings["interval"]) for penalty in penalties]
    gan = _gan(settings, spec, losses.relativistic, penalties, batch_norm=False)
    return compiled(gan, settings, steps_per_epoch, within=within, to=to)


def compiled(gan, settings, steps_per_epoch, beta_1=0.0, beta_2=0.99, within=1.0, to=0.0):
    """Return the GAN, compiled with two Adams for a whole training.

    Their rate falls to the share `to` of it, `within` that share of the training, by half a
    cosine, and stays there.
    """
    import keras

    def adam(updates):
        rate = settings["learning_rate"]
        schedule = keras.optimizers.schedules.CosineDecay(rate, int(within * updates), alpha=to)
        return keras.optimizers.Adam(schedule, beta_1, beta_2)

    updates = settings.epochs * steps_per_epoch
    gan.compile(
        d_optimizer=adam(updates * gan.discriminator_steps),
        g_optimizer=adam(updates),
        steps_per_execution=steps_per_call(steps_per_epoch, 12),
    )
    return gan


def batches(source, split, settings, first_epoch=0):
    """Return images in [-1, 1], the range of tanh, in training all batches of one size.

    A batch is dealt out in equal parts to the updates of the discriminator.
    """
    train = split == "train"
    return source.batches(
        split,
        batch_size=settings.batch_size,
        value_range=(-1.0, 1.0),
        labels=settings["conditional"],
        seed=settings.seed,
        first_epoch=first_epoch,
        drop_remainder=train,
        flip=train and settings["flip"],
        crop=settings["crop"] if train else 0,
    )


def _gan(settings, spec, loss, penalties=(), discriminator_steps=1, **discriminator):
    latent_dim, width = settings["latent_dim"], settings["width"]
    classes = num_classes(settings, spec)
    return tfgen.GAN(
        tfgen.networks.dcgan_generator(latent_dim, spec.shape, width, classes),
        tfgen.networks.dcgan_discriminator(spec.shape, width, classes, **discriminator),
        latent_dim,
        loss=loss,
        penalties=penalties,
        discriminator_steps=discriminator_steps,
        ema_half_life=settings["ema_images"],
        num_classes=classes,
        augment=tfgen.gan.DiffAugment() if settings["augment"] else None,
    )
