"""Priors judged beside N(0, I) and reconstructions."""

import keras
import numpy as np
import pytest
from models import small_vae

import tfgen
from tfgen import recipes
from tfgen.recipes import judging
from tfgen.recipes.judging.latents import judge_latent_generator


class Pixels:
    """Some pixels of an image as its features."""

    hash, accuracy = "pixels", None

    def __call__(self, images):
        return np.asarray(images).reshape(len(images), -1)[:, 18:46:3]

    def outputs(self, images):
        return {"features": self(images), "logits": np.eye(10)[np.arange(len(images)) % 10]}


@pytest.mark.parametrize("num_classes", [None, 10])
def test_a_prior_that_fits_is_nearer_than_the_standard_normal(num_classes):
    """The decoder draws what the mixture was fitted to, far from N(0, I)."""
    from tfgen.data import open_source

    source, recipe = open_source("digits"), recipes.get("latent-prior")
    vae = small_vae()
    vae.compile(keras.optimizers.Adam(1e-2))
    train = next(iter(source.batches("train", batch_size=1024, shuffle=False, labels=True)))
    vae.fit(train[0], epochs=15, batch_size=64, verbose=0)
    spread = vae.encoder.layers[-2]  # the outputs: means five times as far out
    spread.kernel.assign(spread.kernel * 5.0)
    prior = tfgen.priors.GaussianMixture(3, components=5, num_classes=num_classes)
    model = tfgen.priors.LatentGenerator(vae, prior)
    labels = () if num_classes is None else (train[1],)
    model.fit(train[0], *labels, batch_size=256, verbose=0)
    settings = recipe.settings.changed({"conditional": num_classes is not None, "batch_size": 100})
    test = recipe.batches(source, "test", settings, 0)
    judged = judge_latent_generator(model, judging.Evidence(source, test, Pixels()), count=400)
    assert judged["frechet_distance"] < 0.85 * judged["frechet_distance_standard_normal"]
    assert judged["floor_frechet_distance"] < judged["frechet_distance_reconstructions"]
    assert ("recognised" in judged) == (num_classes is not None)
    assert judged["latent_nats"] < judged["latent_nats_standard_normal"]
