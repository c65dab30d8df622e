"""Run directories: what they say of themselves, and what is refused."""

import json

import pytest
from toy_recipes import TOYS

from tfgen.runs import Run, changed

TOY = TOYS["toy-digits"]


def begun(directory, name="toy-digits", facts=None, **changes):
    run = Run(directory, TOYS[name], changed(TOYS[name], changes), facts)
    run.check()
    run.begin()
    return run


def test_run_describes_itself_and_opens_again(tmp_path):
    facts = {"source": {"shape": [8, 8, 1]}}
    run = begun(tmp_path / "run", facts=facts, seed=3, latent_dim=2)
    described = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert described["recipe"] == "toy-digits"
    assert described["settings"]["seed"] == 3
    assert "tensorflow" in described["versions"]
    again = Run.open(tmp_path / "run")
    assert again.settings == run.settings and again.facts == facts


def test_sizes_open_again_as_they_were(tmp_path):
    begun(tmp_path, size=(8, 16))
    assert Run.open(tmp_path).settings.size == (8, 16)


def test_run_of_an_earlier_version_opens(tmp_path):
    """Its recipe.json knows neither data nor options: these stand in the recipe."""
    old = {"epochs": 15, "batch_size": 128, "seed": 0, "steps_per_epoch": None,
           "strategy": "default", "mixed_precision": False}  # fmt: skip
    content = {"recipe": "toy-digits", "settings": old, "versions": {}}
    (tmp_path / "recipe.json").write_text(json.dumps(content))
    settings = Run.open(tmp_path).settings
    assert (settings.epochs, settings.data, settings["latent_dim"]) == (15, "digits", 4)
    Run(tmp_path, TOY, settings).check()


def test_run_of_another_recipe_is_refused(tmp_path):
    begun(tmp_path)
    with pytest.raises(ValueError, match="holds a run of 'toy-digits', not of 'toy-vae'"):
        Run(tmp_path, TOYS["toy-vae"], changed(TOYS["toy-vae"], {"data": "digits"})).check()


@pytest.mark.parametrize(
    "before, after, message",
    [
        ({"seed": 1}, {"seed": 2}, "--seed 1, not 2"),
        ({"latent_dim": 2}, {"latent_dim": 3}, "--latent-dim 2, not 3"),
        ({"width": 4}, {}, "--set width= 4, not 16"),
        ({"data": "digits"}, {"data": "mnist"}, "--data digits, not mnist"),
    ],
)
def test_run_with_other_settings_is_refused(before, after, message, tmp_path):
    begun(tmp_path, **before)
    with pytest.raises(ValueError, match=message):
        Run(tmp_path, TOY, changed(TOY, after)).check()


def test_one_folder_written_in_two_ways_is_one(tmp_path, monkeypatch):
    begun(tmp_path / "run", data=str(tmp_path / "photos"))
    monkeypatch.chdir(tmp_path)
    Run(tmp_path / "run", TOY, changed(TOY, {"data": "./photos"})).check()


def test_run_that_went_on_from_another_model_is_refused(tmp_path):
    begun(tmp_path, facts={"from": {"name": "a", "sha256": "1"}})
    with pytest.raises(ValueError, match="--from"):
        Run(tmp_path, TOY, TOY.settings).check()


def test_foreign_directory_is_refused_and_untouched(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ValueError, match="no run directory"):
        begun(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_tokenizer_that_was_trained_first_is_no_foreign_file(tmp_path):
    begun(tmp_path / "tokenizer")
    begun(tmp_path)


def test_directory_without_a_run_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no recipe.json"):
        Run.open(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        b'{"recipe": "toy-di',
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b"{}",
        b'{"recipe": "toy-digits"}',
        b'{"recipe": "toy-digits", "settings": []}',
        b'{"recipe": 3, "settings": {}}',
        b'{"recipe": "nothing-of-ours", "settings": {}}',
        b'{"recipe": "toy-digits", "settings": {"colour": "red"}}',
        b'{"recipe": "toy-digits", "settings": {"options": {"colour": "red"}}}',
        b'{"recipe": "toy-digits", "settings": {"seed": -1}}',
        b'{"recipe": "toy-digits", "settings": {"epochs": "many"}}',
    ],
)
def test_damaged_description_is_named(content, tmp_path):
    (tmp_path / "recipe.json").write_bytes(content)
    with pytest.raises(ValueError, match="recipe.json is not what `tfgen train` wrote"):
        Run.open(tmp_path)


def test_unfinished_run_has_no_model(tmp_path):
    with pytest.raises(FileNotFoundError, match="its training has not ended"):
        begun(tmp_path).load()


def test_directory_below_a_file_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError, match="file is a file"):
        begun(tmp_path / "file" / "run")
