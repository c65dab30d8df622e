"""Priors over the latents of a trained autoencoder."""

import tfgen
from tfgen.recipes.models.classes import num_classes
from tfgen.recipes.recipe import steps_per_call

OPTIONS = {
    "prior": "flow_matching",  # or one of the others in PRIORS
    "learning_rate": 1e-3,
    "width": 256,
    "depth": 4,  # blocks, or layers of a flow
    "components": 100,  # of a mixture, for each class
    "steps": 50,  # of flow matching
    "guidance": 0.0,
    "temperature": 1.0,
    "conditional": False,
}


def latent_prior(settings, spec, steps_per_epoch, tokenizer):
    """Return a compiled generator of a trained VAE and the prior that is asked for; see OPTIONS."""
    if settings["prior"] not in PRIORS:
        raise ValueError(
            f"Setting prior={settings['prior']!r} received: expected one of {', '.join(PRIORS)}."
        )
    if getattr(tokenizer, "latent_dim", None) is None:
        raise ValueError(
            f"latent-prior received a {type(tokenizer).__name__} as its tokenizer: expected a VAE, "
            "whose latents are continuous. For tokens, use token-prior or maskgit."
        )
    prior, drawn = PRIORS[settings["prior"]](
        settings, tokenizer.latent_dim, num_classes(settings, spec)
    )
    generator = tfgen.priors.LatentGenerator(tokenizer, prior, drawn)
    return averaged(generator, settings, steps_per_epoch)


def averaged(model, settings, steps_per_epoch, at_most=12, beta_2=0.999):
    """Return the model, compiled with an Adam whose rate falls to 0, and averages of the weights.

    The average reaches over a fiftieth of the training, and is what the model ends with.
    """
    import keras

    updates = settings.epochs * steps_per_epoch
    warm_up = updates // 50
    schedule = keras.optimizers.schedules.CosineDecay(
        0.0, updates - warm_up, warmup_target=settings["learning_rate"], warmup_steps=warm_up
    )
    momentum = 1.0 - min(0.1, 50.0 / updates)
    optimizer = keras.optimizers.Adam(
        schedule, beta_2=beta_2, use_ema=True, ema_momentum=momentum, global_clipnorm=1.0
    )
    model.compile(optimizer, steps_per_execution=steps_per_call(steps_per_epoch, at_most))
    return model


def _velocity(settings, latent_dim, classes, times=1):
    return tfgen.networks.velocity_mlp(
        (latent_dim,), settings["width"], settings["depth"], classes, times
    )


def _guidance(settings, classes):
    return {} if classes is None else {"guidance": settings["guidance"]}


def _flow_matching(settings, latent_dim, classes):
    network = _velocity(settings, latent_dim, classes)
    drawn = {"steps": settings["steps"], **_guidance(settings, classes)}
    return tfgen.FlowMatching(network, num_classes=classes), drawn


def _mean_flow(settings, latent_dim, classes):
    network = _velocity(settings, latent_dim, classes, times=2)
    return tfgen.flow.MeanFlow(network, num_classes=classes), _guidance(settings, classes)


def _mixture(settings, latent_dim, classes):
    prior = tfgen.priors.GaussianMixture(
        latent_dim, settings["components"], num_classes=classes, seed=settings.seed
    )
    return prior, {"temperature": settings["temperature"]}


def _flow(settings, latent_dim, classes, cls=None):
    hidden = (settings["width"],) * 2
    cls = cls or tfgen.priors.CouplingFlow
    prior = cls(latent_dim, 2 * settings["depth"], hidden, num_classes=classes)
    return prior, {"temperature": settings["temperature"]}


def _autoregressive(settings, latent_dim, classes):
    return _flow(settings, latent_dim, classes, tfgen.priors.AutoregressiveFlow)


def _vae(settings, latent_dim, classes):
    """Of as many latents as it describes, with one learned scale for each."""
    hidden, networks = (settings["width"],) * 2, tfgen.networks
    sizes = {"hidden": hidden, "activation": "silu", "num_classes": classes}
    encoder = networks.mlp((latent_dim,), (2 * latent_dim,), **sizes)
    decoder = networks.mlp((latent_dim,), (2 * latent_dim,), **sizes)
    vae = tfgen.VAE(
        encoder, decoder, tfgen.likelihoods.Gaussian(minimum_scale=1e-2), latent_dim,
        num_classes=classes,
    )  # fmt: skip
    return tfgen.vae.SecondStage(vae), {"temperature": settings["temperature"]}


PRIORS = {
    "flow_matching": _flow_matching,
    "mean_flow": _mean_flow,
    "mixture": _mixture,
    "flow": _flow,
    "autoregressive": _autoregressive,
    "vae": _vae,
}
