"""Variational autoencoders: convolutional ones for images, perceptrons for images and points."""

import tfgen
from tfgen.recipes.models.classes import num_classes
from tfgen.recipes.recipe import steps_per_call

OPTIONS = {
    "learning_rate": 2e-3,
    "latent_dim": 32,
    "likelihood": "gaussian",  # "bernoulli", "gaussian" or "logistic"
    "initial_scale": 0.2,  # of a Gaussian, which learns it
    "beta": 1.0,
    "conditional": False,
}
PHOTO_OPTIONS = {"flip": False, "crop": 0}
BURDA_OPTIONS = {
    "learning_rate": 1e-2,
    "latent_dim": 50,
    "likelihood": "bernoulli",
    "conditional": False,
}


def convolutional(settings, spec, steps_per_epoch, at_most=12):
    """Return a compiled convolutional VAE; options: OPTIONS, PHOTO_OPTIONS and `width`.

    `at_most` so many steps are one call from Python.
    """
    networks, latent_dim, width = tfgen.networks, settings["latent_dim"], settings["width"]
    classes = num_classes(settings, spec)
    encoder = networks.conv_encoder(spec.shape, 2 * latent_dim, width, classes)
    decoder, likelihood = _decoder(
        settings, spec, lambda shape: networks.conv_decoder(latent_dim, shape, width, classes)
    )
    vae = _vae(settings, spec, encoder, decoder, likelihood)
    return adam_compiled(vae, settings, steps_per_epoch, at_most)


def perceptron(settings, spec, steps_per_epoch):
    """Return a compiled VAE of perceptrons; options: OPTIONS and `width`, of two hidden layers."""
    networks, latent_dim = tfgen.networks, settings["latent_dim"]
    hidden, classes = (settings["width"],) * 2, num_classes(settings, spec)
    encoder = networks.mlp(spec.shape, (2 * latent_dim,), hidden, num_classes=classes)
    decoder, likelihood = _decoder(
        settings,
        spec,
        lambda shape: networks.mlp((latent_dim,), shape, hidden, num_classes=classes),
    )
    vae = _vae(settings, spec, encoder, decoder, likelihood)
    return adam_compiled(vae, settings, steps_per_epoch, 60, jit_compile=True)


def burda(cls, settings, spec, steps_per_epoch, **arguments):
    """Return the compiled network of Burda et al. 2015: 200-200 tanh units, Bernoulli pixels.

    Muon on the weight matrices goes further than Adam in as many minutes, and large batches spread
    its cost.
    """
    import keras

    latent_dim = settings["latent_dim"]
    encoder = tfgen.networks.mlp(spec.shape, (2 * latent_dim,), activation="tanh")
    decoder = tfgen.networks.mlp((latent_dim,), spec.shape, activation="tanh")
    vae = cls(encoder, decoder, tfgen.likelihoods.Bernoulli(), latent_dim, **arguments)
    updates = settings.epochs * steps_per_epoch
    schedule = keras.optimizers.schedules.CosineDecay(settings["learning_rate"], updates)
    optimizer = keras.optimizers.Muon(schedule, weight_decay=None, adam_weight_decay=None)
    # XLA fuses the many small operations of an MLP: 1.3 to 1.5 times as fast on 2 cores. Several
    # steps a call spare the round trips through Python, which cost as much as a step.
    calls = steps_per_call(steps_per_epoch, 60)
    vae.compile(optimizer, jit_compile=True, steps_per_execution=calls)
    return vae


def adam_compiled(model, settings, steps_per_epoch, at_most, jit_compile="auto"):
    """Return the model, compiled with an Adam whose rate falls to 0 over the training.

    Without XLA where there are convolutions, which it makes slower on CPUs; a step of those is long
    enough to be called from Python a few at a time.
    """
    import keras

    updates = settings.epochs * steps_per_epoch
    schedule = keras.optimizers.schedules.CosineDecay(settings["learning_rate"], updates)
    calls = steps_per_call(steps_per_epoch, at_most)
    model.compile(
        keras.optimizers.Adam(schedule), jit_compile=jit_compile, steps_per_execution=calls
    )
    return model


def image_batches(source, split, settings, first_epoch=0, *, drop_remainder=True):
    """Return images in [0, 1], binarised for Bernoulli pixels; see `batches`."""
    train, look = split == "train", {}
    if train and "flip" in settings.options:
        look = {"flip": settings["flip"], "crop": settings["crop"]}
    if settings["likelihood"] == "bernoulli":
        look["binarize"] = "dynamic" if train else "static"
    return batches(source, split, settings, first_epoch, drop_remainder=drop_remainder, **look)


def photo_batches(source, split, settings, first_epoch=0):
    """Return images in [0, 1], flipped and cropped in training if the settings say so."""
    train = split == "train"
    look = {"flip": train and settings["flip"], "crop": settings["crop"] if train else 0}
    return batches(source, split, settings, first_epoch, **look)


def batches(source, split, settings, first_epoch=0, *, drop_remainder=True, **look):
    """Return batches of the source, with labels for a conditional model.

    In training all are of one size, unless it is asked otherwise: another would compile the step
    twice.
    """
    return source.batches(
        split,
        batch_size=settings.batch_size,
        seed=settings.seed,
        first_epoch=first_epoch,
        labels=settings["conditional"],
        drop_remainder=drop_remainder and split == "train",
        **look,
    )


def _vae(settings, spec, encoder, decoder, likelihood):
    return tfgen.VAE(
        encoder,
        decoder,
        likelihood,
        settings["latent_dim"],
        beta=settings["beta"],
        num_classes=num_classes(settings, spec),
    )


def _decoder(settings, spec, make):
    """Return the decoder that `make(shape of its output)` gives, and the likelihood."""
    import keras

    *sides, channels = spec.shape
    name = settings["likelihood"]
    if name == "bernoulli":
        return make(spec.shape), tfgen.likelihoods.Bernoulli()
    if name == "logistic":
        likelihood = tfgen.likelihoods.DiscretisedLogistic(bits=8)
        return make((*sides, channels * likelihood.parameters_per_channel)), likelihood
    if name != "gaussian":
        raise ValueError(
            f"Setting likelihood={name!r} received: expected bernoulli, gaussian or logistic."
        )
    means = make(spec.shape)
    scaled = tfgen.likelihoods.LearnedScale(initial_scale=settings["initial_scale"])(means.output)
    inputs = means.inputs if len(means.inputs) > 1 else means.inputs[0]
    return keras.Model(inputs, scaled, name="decoder"), tfgen.likelihoods.Gaussian()
