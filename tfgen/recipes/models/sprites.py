"""Autoencoders of sprites, whose latents are measured against the factors that drew them."""

import functools

import tfgen
from tfgen.recipes import judging
from tfgen.recipes.models.vaes import adam_compiled, batches
from tfgen.recipes.recipe import Recipe, Settings, steps_per_call

_STEPS_A_CALL = 24
OPTIONS = {
    "learning_rate": 1e-3,
    "latent_dim": 10,
    "width": 16,
    "conditional": False,  # which would tell the shape
}


def recipe(name, *, family, expected, build, options, epochs, time):
    """Return a recipe on sprites: they differ in model and options alone."""
    return Recipe(
        name=name,
        family=family,
        time=time,
        expected=expected,
        settings=Settings(
            epochs=epochs, batch_size=128, data="sprites", options={**OPTIONS, **options}
        ),
        build=build,
        batches=batches,
        judge=judging.judge_factors,
        report=judging.factors_page,
        features=judging.none,
        every=5,
    )


def vae(settings, spec, steps_per_epoch, **arguments):
    """Return a compiled convolutional VAE with Bernoulli pixels; options: OPTIONS.

    The cross-entropy on grey values is no likelihood, but what these models were made with: it
    weighs a pixel by its contrast, and leaves the weight of the rate to beta alone.
    """
    model = tfgen.VAE(*_parts(settings, spec), **arguments)
    return adam_compiled(model, settings, steps_per_epoch, _STEPS_A_CALL)


def beta_vae(settings, spec, steps_per_epoch):
    """Return a compiled VAE whose rate weighs `beta`."""
    return vae(settings, spec, steps_per_epoch, beta=settings["beta"])


def beta_tcvae(settings, spec, steps_per_epoch):
    """Return a compiled VAE whose total correlation weighs `beta`."""
    rate = tfgen.losses.TotalCorrelation(spec.counts["train"], settings["beta"])
    return vae(settings, spec, steps_per_epoch, rate=rate)


def factor_vae(settings, spec, steps_per_epoch):
    """Return a compiled FactorVAE of weight `gamma`, whose discriminator is a perceptron."""
    import keras

    judge = tfgen.networks.mlp(
        (settings["latent_dim"],), (1,), (settings["judge_width"],) * 3, "leaky_relu"
    )
    model = tfgen.FactorVAE(*_parts(settings, spec), judge, weight=settings["gamma"])
    updates = settings.epochs * steps_per_epoch
    decay = functools.partial(keras.optimizers.schedules.CosineDecay, decay_steps=updates)
    model.compile(
        vae_optimizer=keras.optimizers.Adam(decay(settings["learning_rate"])),
        d_optimizer=keras.optimizers.Adam(decay(settings["judge_rate"]), beta_1=0.5),
        steps_per_execution=steps_per_call(steps_per_epoch, _STEPS_A_CALL),
    )
    return model


def qlae(settings, spec, steps_per_epoch):
    """Return a compiled autoencoder of quantised scalars, under strong decoupled weight decay."""
    import keras

    latent_dim = settings["latent_dim"]
    quantizer = tfgen.quantizers.ScalarQuantizer(
        settings["values"],
        latent_dim,
        codebook_weight=settings["commitment"],
        commitment=settings["commitment"],
    )
    encoder, decoder = _networks(settings, spec, latent_dim)
    model = tfgen.VQVAE(encoder, decoder, quantizer, tfgen.likelihoods.Bernoulli())
    updates = settings.epochs * steps_per_epoch
    optimizer = keras.optimizers.AdamW(
        keras.optimizers.schedules.CosineDecay(settings["learning_rate"], updates),
        weight_decay=settings["weight_decay"],
    )
    calls = steps_per_call(steps_per_epoch, _STEPS_A_CALL)
    model.compile(optimizer, steps_per_execution=calls)
    return model


def _parts(settings, spec):
    """Encoder, decoder, likelihood and size of z."""
    latent_dim = settings["latent_dim"]
    encoder, decoder = _networks(settings, spec, 2 * latent_dim)
    return encoder, decoder, tfgen.likelihoods.Bernoulli(), latent_dim


def _networks(settings, spec, outputs):
    """Encoder to so many outputs, and decoder."""
    networks, latent_dim, width = tfgen.networks, settings["latent_dim"], settings["width"]
    encoder = networks.conv_encoder(spec.shape, outputs, width)
    return encoder, networks.conv_decoder(latent_dim, spec.shape, width)
