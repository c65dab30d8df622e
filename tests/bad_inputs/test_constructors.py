"""Settings that no model can be made of: one line, at construction."""

import functools

import keras
import pytest
from bad_inputs.families import SHAPE, one_line, prior, vqvae

import tfgen
from tfgen import likelihoods, losses, networks, priors, quantizers, schedules

NAN, INF = float("nan"), float("inf")


@functools.cache
def _networks(family):
    """What a good model is made of; none of these is trained."""
    if family == "VAE":
        networks_ = networks.mlp(SHAPE, (6,), hidden=(4,)), networks.mlp((3,), SHAPE, hidden=(4,))
        return {"encoder": networks_[0], "decoder": networks_[1]}
    if family == "GAN":
        return {"generator": networks.mlp((3,), (2,)), "discriminator": networks.mlp((2,), (1,))}
    if family == "VQVAE":
        return {
            "encoder": networks.grid_encoder(SHAPE, code_dim=2, width=4),
            "decoder": networks.grid_decoder(2, SHAPE, width=4),
        }
    return {"vqvae": vqvae(), "discriminator": networks.patch_discriminator(SHAPE, width=4)}


def _vae(cls=tfgen.VAE, **changes):
    given = {**_networks("VAE"), "likelihood": likelihoods.Bernoulli(), "latent_dim": 3}
    return cls(**{**given, **changes})


def _gan(**changes):
    return tfgen.GAN(**{**_networks("GAN"), "latent_dim": 3, **changes})


def _vqvae(**changes):
    given = {"quantizer": quantizers.FSQ((3, 3)), "likelihood": likelihoods.Bernoulli()}
    return tfgen.VQVAE(**{**_networks("VQVAE"), **given, **changes})


def _vqgan(**changes):
    return tfgen.VQGAN(**{**_networks("VQGAN"), **changes})


def _loose(units):
    return keras.Sequential([keras.layers.Dense(units)])


class NoRange:
    """A likelihood that forgot some of its members."""

    parameters_per_channel = 1

    def __call__(self, parameters):
        return parameters


def _mean_loss(real_logits, fake_logits):
    return keras.ops.mean(fake_logits)


NETWORKS = {
    "None": None,
    "a class": keras.Sequential,
    "a string": "dcgan",
    "a function": networks.mlp,
    "unbuilt": _loose(6),
}
MAKERS = {"VAE": _vae, "GAN": _gan, "VQVAE": _vqvae, "VQGAN": _vqgan}
ROLES = {
    "VAE": ("encoder", "decoder"),
    "GAN": ("generator", "discriminator"),
    "VQVAE": ("encoder", "decoder"),
    "VQGAN": ("discriminator",),
}
FUNCTIONS = {
    "VAE": {"likelihood": (None, likelihoods.Bernoulli, "bernoulli", NoRange()),
            "rate": (None, losses.Total, "total", 3)},
    "GAN": {"loss": (None, losses.AdversarialLoss, "hinge", losses.r1(1.0)),
            "penalties": ("r1", losses.r1(1.0), ["r1"], [None], [losses.GradientPenalty], None),
            "augment": ("flip", tfgen.gan.DiffAugment)},
    "VQVAE": {"likelihood": (None, likelihoods.Bernoulli, "bernoulli", NoRange()),
              "quantizer": (None, quantizers.FSQ, "ema")},
    "VQGAN": {"loss": (None, losses.AdversarialLoss, "hinge"), "vqvae": (None, tfgen.VQVAE, "a")},
}  # fmt: skip
BAD_WEIGHTS = (NAN, INF, -1.0, "1", None, schedules.Warmup)
BAD_COUNTS = (0, -1, 1.5, "3", NAN, True)
NUMBERS = {
    "VAE latent_dim": (_vae, "latent_dim", BAD_COUNTS),
    "VAE beta": (_vae, "beta", BAD_WEIGHTS),
    "VAE num_classes": (_vae, "num_classes", (0, 2.5, "3")),
    "IWAE num_samples": (lambda **k: _vae(tfgen.IWAE, **k), "num_samples", BAD_COUNTS),
    "GAN latent_dim": (_gan, "latent_dim", BAD_COUNTS),
    "GAN steps": (_gan, "discriminator_steps", BAD_COUNTS),
    "GAN half-life": (_gan, "ema_half_life", (NAN, INF, -1.0, 0, "10")),
    "GAN num_classes": (_gan, "num_classes", (0, 2.5, "3")),
    "VQVAE warm-up": (_vqvae, "warm_up", (-1, 1.5, NAN, "3")),
    "VQGAN warm-up": (_vqgan, "warm_up", (-1, 1.5, NAN, "3")),
    "VQGAN perceptual": (_vqgan, "perceptual_weight", (NAN, INF, -1.0, "1")),
    "VQGAN adversarial": (_vqgan, "adversarial_weight", (NAN, INF, -1.0, "1")),
    "Warmup steps": (schedules.Warmup, "steps", BAD_COUNTS),
    "Warmup start": (lambda **k: schedules.Warmup(3, **k), "start", (NAN, INF, "0")),
    "Warmup end": (lambda **k: schedules.Warmup(3, **k), "end", (NAN, -INF, None)),
    "Cyclic period": (schedules.Cyclic, "period", BAD_COUNTS),
    "Cyclic ratio": (lambda **k: schedules.Cyclic(8, **k), "ratio", (0, 1.5, NAN, -1, "a")),
    "Cyclic end": (lambda **k: schedules.Cyclic(8, **k), "end", (NAN, INF)),
    "FreeBits": (losses.FreeBits, "nats", (NAN, INF, -1.0, "1")),
    "TotalFreeBits": (losses.TotalFreeBits, "nats", (NAN, INF, -1.0, "1")),
    "Capacity target": (losses.Capacity, "target", BAD_WEIGHTS),
    "Capacity weight": (lambda **k: losses.Capacity(1.0, **k), "weight", (NAN, INF, -1.0)),
    "r1": (losses.r1, "gamma", BAD_WEIGHTS),
    "r2": (losses.r2, "gamma", BAD_WEIGHTS),
    "interpolation": (losses.interpolation_penalty, "weight", BAD_WEIGHTS),
    "lazy": (lambda **k: losses.lazy(losses.r1(1.0), **k), "interval", BAD_COUNTS),
    "EMA decay": (lambda **k: quantizers.EMAQuantizer(4, 2, **k), "decay", (NAN, -0.1, 1, "a")),
    "EMA revival": (lambda **k: quantizers.EMAQuantizer(4, 2, **k), "revive_below", (NAN, 1, "a")),
    "EMA weight": (lambda **k: quantizers.EMAQuantizer(4, 2, **k), "commitment", (NAN, INF, -1.0)),
    "EMA seed": (lambda **k: quantizers.EMAQuantizer(4, 2, **k), "seed", (0.5, None)),
    "EMA sizes": (lambda **k: quantizers.EMAQuantizer(code_dim=2, **k), "codebook_size",
                  (1, 2.0, "8", True)),
    "VQ weight": (lambda **k: quantizers.VectorQuantizer(4, 2, **k), "commitment", (NAN, "1")),
    "VQ gradient": (lambda **k: quantizers.VectorQuantizer(4, 2, **k), "gradient",
                    (None, "rotation")),
    "VQ sizes": (lambda **k: quantizers.VectorQuantizer(4, **k), "code_dim", BAD_COUNTS),
    "FSQ levels": (quantizers.FSQ, "levels", ((), 8, "85", (8, 1), (8, 5.5), None)),
    "FSQ scale": (lambda **k: quantizers.FSQ((3, 3), **k), "scale", (NAN, INF, 0, -1, (1, NAN))),
    "residual": (quantizers.ResidualQuantizer, "quantizers", ((1, 2), ("ema", "ema"))),
    "projected": (lambda **k: quantizers.Projected(input_dim=4, **k), "quantizer",
                  (None, "ema", quantizers.FSQ)),
    "dropout": (lambda **k: priors.CausalTokenPrior(prior().network, **k), "label_dropout",
                (-0.1, 1.0, NAN, "0")),
}  # fmt: skip


def _refused(make, match="received", **arguments):
    with pytest.raises(ValueError, match=match) as caught:
        make(**arguments)
    assert one_line(caught.value), caught.value


@pytest.mark.parametrize(
    ("make", "name", "value"),
    [(make, name, value) for make, name, values in NUMBERS.values() for value in values],
    ids=[f"{what}={value}" for what, (_, _, values) in NUMBERS.items() for value in values],
)
def test_numbers(make, name, value):
    _refused(make, **{name: value})


@pytest.mark.parametrize("what", NETWORKS)
@pytest.mark.parametrize(
    ("family", "role"), [(family, role) for family, roles in ROLES.items() for role in roles]
)
def test_networks(family, role, what):
    _refused(MAKERS[family], f"{family} received {role}", **{role: NETWORKS[what]})


@pytest.mark.parametrize(
    ("family", "name", "place"),
    [
        (family, name, place)
        for family, names in FUNCTIONS.items()
        for name, values in names.items()
        for place in range(len(values))
    ],
)
def test_functions_and_objects(family, name, place):
    _refused(MAKERS[family], f"{family} received", **{name: FUNCTIONS[family][name][place]})


def test_a_likelihood_says_which_members_are_missing():
    match = "without value_range, images, check: tfgen.likelihoods describes"
    _refused(_vae, match, likelihood=NoRange())


def test_a_loss_of_a_scalar_is_refused():
    with pytest.raises(ValueError, match="AdversarialLoss received a scalar") as caught:
        losses.AdversarialLoss(_mean_loss, _mean_loss)
    assert one_line(caught.value)


@pytest.mark.parametrize("given", ["hinge", None, 3])
def test_losses_of_what_is_no_function(given):
    _refused(losses.AdversarialLoss, discriminator=given, generator=_mean_loss)


@pytest.mark.parametrize("optimizer", [3, keras.optimizers.Adam, lambda: None])
def test_what_is_no_optimizer(optimizer):
    with pytest.raises(ValueError, match="compile received optimizer=") as caught:
        _vae().compile(optimizer)
    assert one_line(caught.value)
