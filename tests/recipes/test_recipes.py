import dataclasses
import functools

import keras
import numpy as np
import pytest

import tfgen
from tfgen import recipes
from tfgen.recipes import judging
from tfgen.recipes.recipe import steps_per_call


@pytest.fixture
def few_samples(monkeypatch):
    """Enough to run every judge, on features that need no download."""
    monkeypatch.setattr(tfgen.metrics, "inception_features", _small_extractor)
    generated, asked = judging.generated, judging.digits_to_ask_for
    compare = functools.partial(tfgen.metrics.compare, block_size=4)
    monkeypatch.setattr(tfgen.metrics, "compare", compare)
    monkeypatch.setattr(judging, "generated", lambda model, _, *rest: generated(model, 12, *rest))
    monkeypatch.setattr(judging, "digits_to_ask_for", lambda model, _, seed: asked(model, 12, seed))


@pytest.fixture
def narrow_networks(monkeypatch):
    """Networks of a width for GPUs take half a minute to trace."""

    def narrowed(make):
        return lambda *arguments, width, **others: make(*arguments, width=8, **others)

    for name in ("r3gan_generator", "r3gan_discriminator"):
        monkeypatch.setattr(tfgen.networks, name, narrowed(getattr(tfgen.networks, name)))


def _small_extractor():
    inputs = keras.Input((None, None, 3))
    pooled = keras.layers.GlobalAveragePooling2D()(inputs)
    network = keras.Model(inputs, {"features": pooled, "logits": pooled})
    return tfgen.metrics.FeatureExtractor(network, (None, None, 3))


@functools.cache
def trained(name):
    """A model of the recipe after six steps, what it logged, and which weights did not move."""
    recipe = recipes.get(name)
    settings = dataclasses.replace(recipe.settings, epochs=3, batch_size=8)
    below = [trained(recipe.tokenizer)[0]] if recipe.tokenizer else []
    model = recipe.build(settings, 2, *below)
    before = [v.numpy() for v in model.trainable_variables]
    data = recipe.dataset("train", settings).repeat()
    history = model.fit(data, epochs=3, steps_per_epoch=2, verbose=0).history
    after = zip(model.trainable_variables, before, strict=True)
    return model, history, [v.path for v, old in after if np.array_equal(v, old)]


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_learns_and_is_judged(name, small_data, few_samples, narrow_networks):
    recipe = recipes.get(name)
    assert recipe.name == name
    settings = dataclasses.replace(recipe.settings, batch_size=8)
    model, logs, still = trained(name)
    assert all(np.isfinite(values).all() for values in logs.values())
    assert len(still) <= 1, still  # the last bias has no gradient where logits are compared
    if "loss" in logs:
        assert logs["loss"][-1] < logs["loss"][0]
    judged = recipe.judge(model, recipe.dataset("test", settings).take(2))
    numbers = [value for value in judged.values() if not isinstance(value, str)]
    assert numbers and np.isfinite(numbers).all()


@pytest.mark.parametrize("steps, at_most, expected", [(58, 60, 58), (468, 60, 52), (23, 12, 1)])
def test_steps_per_call_divides_the_epoch(steps, at_most, expected):
    assert steps_per_call(steps, at_most) == expected


def test_rates_fall_to_a_level_and_stay_there():
    recipe = recipes.get("mnist-r3gan")
    model = recipe.build(dataclasses.replace(recipe.settings, epochs=4), 10)
    for optimizer in (model.d_optimizer, model.g_optimizer):
        rates = [_rate_at(optimizer, step) for step in (0, 10, 20, 40)]
        np.testing.assert_allclose(rates, [1e-3, 5.5e-4, 1e-4, 1e-4], rtol=1e-5)


def _rate_at(optimizer, step):
    optimizer.iterations.assign(step)
    return float(optimizer.learning_rate)
