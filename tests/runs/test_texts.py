"""Runs on texts: the tokenizer is part of them."""

import dataclasses
import json

import keras
import pytest
import toy_recipes

import tfgen
from tfgen import recipes, runs
from tfgen.recipes import judging
from tfgen.recipes.models import texts
from tfgen.runs import sources
from tfgen.tokenizers import Characters

NOVEL = "".join(f"It was {n} past {n % 12} o'clock.\n" for n in range(200))


def build(settings, spec, steps_per_epoch):
    size = {"width": 8, "depth": 1, "heads": 2}
    network = tfgen.networks.causal_transformer(spec.kind.tokenizer.size, spec.shape[0], **size)
    model = tfgen.priors.CausalTokenPrior(network)
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return model


def judge(model, evidence):
    written = evidence.source.texts("train", 20)  # as one that has learned all by heart
    return judging.judge_texts(written, evidence, count=20)


@pytest.fixture(autouse=True)
def toy(monkeypatch):
    """A recipe for texts, which the house knows."""
    options = {**texts.OPTIONS, "length": 16}
    words = {"kind": "text", "open": texts.opened, "options": options, "data": None}
    recipe = toy_recipes.recipe("toy-text", build, texts.batches, **words)
    recipe = dataclasses.replace(recipe, judge=judge)
    monkeypatch.setitem(toy_recipes.TOYS, "toy-text", recipe)
    return recipe


@pytest.fixture
def novel(tmp_path):
    path = tmp_path / "novel.txt"
    path.write_text(NOVEL)
    return path


def settings_for(path, **changes):
    plain = {"data": str(path), "batch_size": 8, "steps_per_epoch": 2, **changes}
    return runs.settings.changed(recipes.get("toy-text"), plain)


def test_a_run_keeps_its_tokenizer(toy, novel, tmp_path):
    said = []
    run = runs.train(toy, settings_for(novel), tmp_path / "run", say=said.append)
    assert said[0].startswith("found: 5,3") and "characters in one stream" in said[0]
    kind = json.loads((run.directory / "recipe.json").read_text())["source"]["kind"]
    assert kind["tokenizer"] == "characters" and set(kind["pieces"]) == set(NOVEL)
    trained = runs.open_trained(run.directory)
    novel.write_text(NOVEL.replace("past", "påst"))  # another vocabulary, if it were made anew
    source = trained.source()
    assert source.tokenizer == sources.known_tokenizer(run) == Characters("".join(kind["pieces"]))
    assert source.unknown["test"] == {"å": 20}
    judged = runs.evaluate(trained)
    assert judged["copied"] == 0.0 and judged["longest_run"] <= 16 and judged["texts"] == 20

    novel.write_text("Съешь же ещё этих мягких французских булок, да выпей чаю.\n" * 20)
    with pytest.raises(ValueError, match="does not fit the vocabulary: it lacks 8. % of"):
        trained.source()


def test_a_training_goes_on_with_the_tokenizer_of_another(toy, novel, tmp_path):
    first = runs.train(toy, settings_for(novel), tmp_path / "first", say=str)
    other = tmp_path / "other.txt"
    other.write_text(NOVEL.replace("o'clock", "ö'clock"))
    run = runs.train(
        toy, settings_for(other, epochs=2), tmp_path / "second", begin_from=first.directory, say=str
    )
    assert sources.known_tokenizer(run) == sources.known_tokenizer(first)
    with pytest.raises(ValueError, match="tokens=bytes does not fit the trained model, which"):
        runs.train(
            toy, settings_for(other, tokens="bytes"), tmp_path / "third",
            begin_from=first.directory, say=str,
        )  # fmt: skip


@pytest.mark.parametrize(
    "name, data, changes, message",
    [
        ("toy-text", "mnist", {}, "'mnist' has no texts: it has image, label"),
        ("toy-text", "novel", {"size": (8, 8)}, "--size was given: toy-text trains on texts"),
        ("toy-text", "photos", {}, "holds no texts .it has 24 .png.: expected files"),
        (
            "toy-text",
            None,
            {},
            "expected texts. Name some by --data: a text file, a fol",
        ),
        ("toy-vae", "novel", {}, "novel.txt is a text file: expected a folder of images"),
    ],
)
def test_data_of_another_kind_are_refused(name, data, changes, message, novel, tmp_path):
    places = {"novel": str(novel), "photos": str(toy_recipes.photos(tmp_path / "photos"))}
    recipe = recipes.get(name)
    settings = runs.settings.changed(recipe, {"data": places.get(data, data), **changes})
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        runs.train(recipe, settings, tmp_path / "run", say=str)
    assert not (tmp_path / "run").exists()


def test_features_are_not_for_texts(toy, novel, tmp_path):
    source = toy.open(settings_for(novel), None, None)
    assert judging.features_of(source, tmp_path) is None
    with pytest.raises(ValueError, match="has texts, which are not seen through features"):
        judging.features_of(source, tmp_path, "net.keras")
