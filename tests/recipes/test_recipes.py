import dataclasses
import math

import numpy as np
import pytest

import tfgen
from tfgen import recipes
from tfgen.recipes.recipe import steps_per_call


@pytest.fixture
def noise_for_mnist(monkeypatch):
    """Sixteen images of noise in the place of data that have to be downloaded."""
    images = tfgen.data.images
    noise = np.random.default_rng(0).integers(0, 256, (16, 28, 28), np.uint8)

    def instead(source, *arguments, data_dir=None, **others):
        return images(noise if source == "mnist" else source, *arguments, **others)

    monkeypatch.setattr(tfgen.data, "images", instead)


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_trains_a_few_steps_and_is_judged(name, noise_for_mnist):
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
