"""Every recipe, on a few digits, points or texts: it trains, learns something, and is judged."""

import functools
import math

import keras
import numpy as np
import pytest
from recipes.sources import small_source

import tfgen
from tfgen import metrics, recipes
from tfgen.recipes import judging
from tfgen.recipes.recipe import Settings, steps_per_call

NARROW = {"width": 4, "codebook_size": 16, "depth": 1, "heads": 2, "spread": 1.0,
          "length": 16}  # fmt: skip
STEPS = 4


def settings_of(recipe, **changes):
    """The recipe's settings for a few steps of small networks."""
    narrow = {k: v for k, v in NARROW.items() if k in recipe.settings.options}
    if "discriminator_steps" in recipe.settings.options:
        changes = {"batch_size": 10, **changes}
    return recipe.settings.changed({"epochs": 1, "batch_size": 8, **narrow, **changes})


def source_of(recipe):
    if recipe.kind == "text":
        texts = ["".join(f"It was {n} past {n % 12} o'clock.\n\n" for n in range(300))]
        return recipe.open(settings_of(recipe, data=texts), None, None)
    name = recipe.settings.data or ("points" if recipe.kind == "points" else "photos")
    return small_source(name)


@functools.cache
def trained(name):
    """A model of the recipe after a few steps, what it logged, and its source and settings."""
    recipe, keras_seed = recipes.get(name), 0
    source, settings = source_of(recipe), settings_of(recipe)
    below = [trained(recipe.tokenizer)[0]] if recipe.tokenizer else []
    keras.utils.set_random_seed(keras_seed)
    model = recipe.build(settings, source.spec, STEPS, *below)
    data = recipe.batches(source, "train", settings, 0).repeat()
    history = model.fit(data, epochs=2, steps_per_epoch=STEPS, verbose=0).history
    return model, history, source, settings


@functools.cache
def small_features(shape, classes=10):
    """Features in place of those that would have to be trained."""
    images = keras.Input(shape)
    pooled = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(images))
    outputs = {"features": pooled, "logits": keras.layers.Dense(classes)(pooled)}
    return metrics.FeatureExtractor(keras.Model(images, outputs), shape, accuracy=0.5)


def evidence_of(recipe, source, settings):
    """Features in place of those that would have to be trained; others as they are."""
    if recipe.features or recipe.kind in ("points", "text"):
        features = (recipe.features or judging.features_of)(source, None)
    else:
        features = small_features(source.spec.shape)
    return judging.Evidence(source, recipe.batches(source, "test", settings, 0), features)


@pytest.mark.parametrize("name", recipes.names())
def test_every_recipe_trains_a_few_steps_and_is_judged(name, monkeypatch):
    few = functools.partial(judging.judge_vae, num_samples=4)
    monkeypatch.setattr(judging, "judge_vae", few)
    recipe = recipes.get(name)
    model, logs, source, settings = trained(name)
    assert recipe.name == name
    assert model.kind.name == recipe.kind
    assert all(math.isfinite(value) for values in logs.values() for value in values)
    judge = recipe.judge
    if isinstance(judge, functools.partial):  # with fewer importance samples
        judge = functools.partial(judge.func, num_samples=4)
    elif judge.__name__ == "judge_vae":
        judge = few
    elif judge.__name__ in ("judge_stacked_digits", "judge_mixture"):
        judge = functools.partial(judge, count=40)
    judged = judge(model, evidence_of(recipe, source, settings))
    numbers = [np.ravel(value) for value in judged.values() if not isinstance(value, str)]
    assert numbers and np.isfinite(np.concatenate(numbers)).all()


# Not GANs, whose losses say nothing, nor what is masked at random, on so few examples.
LEARNERS = ["conv-vae", "digits-vae", "mnist-conv-vae", "mnist-vae", "mnist-iwae", "vqvae",
            "mnist-vqvae", "mnist-fsq", "cifar10-vqvae", "token-prior", "text-lm"]  # fmt: skip


@pytest.mark.parametrize("name", LEARNERS)
def test_a_few_steps_learn_something(name):
    losses = trained(name)[1]["loss"]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("name", recipes.names())
def test_every_option_that_a_model_reads_is_declared(name):
    """Its build and its batches read no option that `--set` would not know: that raises here."""
    assert "learning_rate" in trained(name)[3].options


def test_no_recipe_imports_another():
    import ast
    import pathlib

    for name in recipes.names():
        path = pathlib.Path(recipes.__file__).with_name(f"{name.replace('-', '_')}.py")
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module == "tfgen.recipes":
                others = {alias.name for alias in node.names} - {"judging"}
                assert not others, f"{name} imports {others}"


@pytest.mark.parametrize("steps, at_most, expected", [(58, 60, 58), (468, 60, 52), (23, 12, 1)])
def test_steps_per_call_divides_the_epoch(steps, at_most, expected):
    assert steps_per_call(steps, at_most) == expected


def test_rates_fall_to_a_level_and_stay_there():
    recipe = recipes.get("mnist-r3gan")
    settings = settings_of(recipe, epochs=4)
    model = recipe.build(settings, small_source("mnist").spec, 10)
    for optimizer in (model.d_optimizer, model.g_optimizer):
        rates = [_rate_at(optimizer, step) for step in (0, 10, 20, 40)]
        np.testing.assert_allclose(rates, [1e-3, 5.5e-4, 1e-4, 1e-4], rtol=1e-5)


def _rate_at(optimizer, step):
    optimizer.iterations.assign(step)
    return float(optimizer.learning_rate)


# ------------------------------------------------------------------ settings

OPTIONS = Settings(
    1, 8, options={"rate": 0.1, "latent_dim": 16, "flip": False, "likelihood": "gaussian"}
)


@pytest.mark.parametrize(
    "name, text, expected",
    [
        ("rate", "2e-3", 2e-3),
        ("rate", "1", 1.0),
        ("latent_dim", "8", 8),
        ("latent_dim", "8.0", 8),
        ("flip", "true", True),
        ("flip", "0", False),
        ("likelihood", "logistic", "logistic"),
        ("epochs", 3, 3),
    ],
)
def test_options_take_the_type_that_they_have(name, text, expected):
    changed = OPTIONS.changed({name: text})
    found = changed.epochs if name == "epochs" else changed[name]
    assert found == expected and type(found) is type(expected)


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"latent_dims": "8"}, "Did you mean 'latent_dim'"),
        ({"colour": "red"}, "declares flip, latent_dim, likelihood, rate"),
        ({"latent_dim": "many"}, "expected an integer, such as 16"),
        ({"latent_dim": "1.5"}, "expected an integer"),
        ({"rate": "fast"}, "expected a finite number"),
        ({"rate": "nan"}, "expected a finite number"),
        ({"rate": "inf"}, "expected a finite number"),
        ({"flip": "perhaps"}, "expected true or false"),
        ({"options": "x"}, "Unknown setting 'options'"),
    ],
)
def test_unknown_and_ill_typed_settings_are_refused_in_a_line(changes, said):
    with pytest.raises(ValueError, match=said) as caught:
        OPTIONS.changed(changes)
    assert "\n" not in str(caught.value)


def test_a_conditional_model_of_data_without_classes_is_refused():
    recipe = recipes.get("cgan")
    source = tfgen.data.open_source(
        np.random.default_rng(0).integers(0, 256, (9, 16, 16, 1), np.uint8)
    )
    with pytest.raises(ValueError, match="the data have none"):
        recipe.build(settings_of(recipe), source.spec, 1)
