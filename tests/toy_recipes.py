"""Recipes that train in seconds, in the place of the house's."""

import numpy as np

import tfgen
from tfgen import recipes
from tfgen.recipes import Recipe, Settings

OPTIONS = {"learning_rate": 0.01, "latent_dim": 4, "width": 16}


def build_vae(settings, spec, steps_per_epoch):
    import keras

    latent_dim = settings["latent_dim"]
    hidden = (settings["width"],)
    model = tfgen.VAE(
        tfgen.networks.mlp(spec.shape, (2 * latent_dim,), hidden),
        tfgen.networks.mlp((latent_dim,), spec.shape, hidden),
        tfgen.likelihoods.Bernoulli(),
        latent_dim,
    )
    model.compile(keras.optimizers.Adam(settings["learning_rate"]))
    return model


def build_tokenizer(settings, spec, steps_per_epoch):
    import keras

    encoder = tfgen.networks.mlp(spec.shape, (2, 2, 2), hidden=(8,))
    decoder = tfgen.networks.mlp((2, 2, 2), spec.shape, hidden=(8,))
    quantizer = tfgen.quantizers.FSQ((3, 3))
    model = tfgen.VQVAE(encoder, decoder, quantizer, tfgen.likelihoods.Bernoulli())
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return model


def build_prior(settings, spec, steps_per_epoch, tokenizer):
    import keras

    network = tfgen.networks.causal_transformer(
        9, 4, width=8, depth=1, heads=2, num_classes=spec.num_classes
    )
    model = tfgen.priors.TokenGenerator(tokenizer, tfgen.priors.CausalTokenPrior(network))
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return model


def batches(source, split, settings, first_epoch, labels=False):
    return source.batches(
        split,
        batch_size=settings.batch_size,
        seed=settings.seed,
        first_epoch=first_epoch,
        labels=labels,
        drop_remainder=split == "train",
    )


def labelled(source, split, settings, first_epoch):
    return batches(source, split, settings, first_epoch, labels=True)


def judge(model, evidence):
    return {"answer": 42.0}


def recipe(name, build, batches=batches, data="digits", options=OPTIONS, **others):
    settings = Settings(epochs=1, batch_size=64, data=data, options=options)
    words = {"family": "VAE", "time": "", "expected": "", **others}
    return Recipe(name=name, settings=settings, build=build, batches=batches, judge=judge, **words)


TOYS = {
    toy.name: toy
    for toy in (
        recipe("toy-digits", build_vae),
        recipe("toy-vae", build_vae, data=None),
        recipe("toy-tokens", build_tokenizer, options={}, family="VQ-VAE"),
        recipe("toy-prior", build_prior, labelled, options={}, family="prior",
               tokenizer="toy-tokens"),
    )
}  # fmt: skip


def use(monkeypatch):
    """Let the house know the toys beside its own recipes."""
    get, names = recipes.get, recipes.names
    monkeypatch.setattr(recipes, "get", lambda name: TOYS.get(name) or get(name))
    monkeypatch.setattr(recipes, "names", lambda: sorted([*names(), *TOYS]))


def photos(folder, count=24, size=12):
    """Write a folder of small pictures, of two classes."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for i in range(count):
        place = folder / ("cats", "dogs")[i % 2]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(0, 255, (size, size), np.uint8)).save(place / f"{i}.png")
    return folder
