import dataclasses
import functools
import math

import keras
import numpy as np
import pytest

import tfgen
from tfgen import recipes
from tfgen.recipes import judging
from tfgen.recipes.recipe import steps_per_call

SHAPES = {"mnist": (28, 28), "cifar10": (32, 32, 3)}


@pytest.fixture
def noise_for_downloads(monkeypatch):
    """Images of noise in the place of data, and a small network in that of one, to download."""
    images, rng = tfgen.data.images, np.random.default_rng(0)

    def instead(source, *arguments, data_dir=None, **others):
        if source in SHAPES:
            source = rng.integers(0, 256, (24, *SHAPES[source]), np.uint8)
            source = (source, np.arange(24) % 10) if others.get("labels") else source
        return images(source, *arguments, **others)

    monkeypatch.setattr(tfgen.data, "images", instead)
    monkeypatch.setattr(tfgen.metrics, "inception_features", _small_extractor)


@pytest.fixture
def few_samples(monkeypatch):
    drawn, compare = judging.drawn, functools.partial(tfgen.metrics.compare, block_size=4)
    monkeypatch.setattr(tfgen.metrics, "compare", compare)
    monkeypatch.setattr(judging, "drawn", lambda model, count, seed: drawn(model, 12, seed))


def _small_extractor():
    inputs = keras.Input((None, None, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    network = keras.Model(inputs, {"features": pooled, "logits": pooled})
    return tfgen.metrics.FeatureExtractor(network, (None, None, 3))


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_trains_a_few_steps_and_is_judged(name, noise_for_downloads, few_samples):
    recipe = recipes.get(name)
    assert recipe.name == name
    settings = dataclasses.replace(recipe.settings, epochs=1, batch_size=8)
    model = recipe.build(settings, steps_per_epoch=2)
    data = recipe.dataset("train", settings).repeat()
    logs = model.fit(data, steps_per_epoch=2, verbose=0).history
    assert all(math.isfinite(values[0]) for values in logs.values())
    judged = recipe.judge(model, recipe.dataset("test", settings).take(2))
    numbers = [value for value in judged.values() if not isinstance(value, str)]
    assert numbers and np.isfinite(numbers).all()


@pytest.mark.parametrize("steps, at_most, expected", [(58, 60, 58), (468, 60, 52), (23, 12, 1)])
def test_steps_per_call_divides_the_epoch(steps, at_most, expected):
    assert steps_per_call(steps, at_most) == expected
