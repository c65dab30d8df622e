"""One resolver for runs, presets and files."""

import hashlib
import json

import pytest
from models import small_vae
from toy_recipes import TOYS, photos

from tfgen import presets
from tfgen.runs import Run, begin, changed, open_trained


@pytest.fixture
def run(tmp_path):
    toy = TOYS["toy-digits"]
    run = Run(tmp_path / "run", toy, toy.settings, {"source": {"shape": [8, 8, 1]}})
    run.begin()
    small_vae().save(run.model_path)
    return run


@pytest.fixture
def preset(tmp_path, monkeypatch, run):
    """A preset of its own: toy.keras and toy.json."""
    folder = tmp_path / "presets"
    folder.mkdir()
    monkeypatch.setattr(presets, "FOLDER", folder)
    content = run.model_path.read_bytes()
    (folder / "toy.keras").write_bytes(content)
    about = {"recipe": "toy-digits", "settings": {"epochs": 1, "batch_size": 64},
             "sha256": hashlib.sha256(content).hexdigest()}  # fmt: skip
    (folder / "toy.json").write_text(json.dumps(about))
    return folder / "toy.keras"


def test_run_preset_and_file_open_alike(run, preset):
    for what in (run.directory, "toy", run.model_path):
        trained = open_trained(what)
        assert type(trained.load()).__name__ == "VAE"
    assert open_trained(run.directory).run.directory == run.directory
    assert open_trained("toy").recipe is TOYS["toy-digits"]
    assert open_trained(run.model_path).recipe is None
    assert open_trained(run.model_path, "toy-vae").recipe is TOYS["toy-vae"]


def test_run_goes_before_a_preset_of_its_name(run, preset, monkeypatch):
    monkeypatch.chdir(run.directory.parent)
    run.directory.rename("toy")
    assert open_trained("toy").run is not None


@pytest.mark.parametrize("what", ["nowhere", "to", "nowhere.keras", "no/where"])
def test_nothing_of_that_name_is_said(what, preset):
    with pytest.raises(FileNotFoundError, match=what):
        open_trained(what)


def test_recipe_is_for_files_only(run):
    with pytest.raises(ValueError, match="says its own"):
        open_trained(run.directory, "toy-vae")


def test_damaged_preset_is_named(preset):
    content = bytearray(preset.read_bytes())
    content[len(content) // 2] ^= 1
    preset.write_bytes(content)
    with pytest.raises(ValueError, match="preset toy is damaged"):
        open_trained("toy")
    preset.unlink()
    with pytest.raises(ValueError, match="preset toy is damaged"):
        open_trained("toy")
    preset.with_suffix(".json").write_text("{")
    with pytest.raises(ValueError, match="preset toy is damaged"):
        open_trained("toy")


def test_data_that_moved_are_found_where_the_user_says(tmp_path):
    toy = TOYS["toy-vae"]
    data = photos(tmp_path / "photos")
    settings = changed(toy, {"data": str(data), "batch_size": 4})
    run = Run(tmp_path / "run", toy, settings, {"source": {"shape": [12, 12, 1]}})
    run.begin()
    run.model_path.touch()
    data.rename(tmp_path / "moved")
    with pytest.raises(FileNotFoundError, match="Say by --data where it is now"):
        open_trained(run.directory).source()
    source = open_trained(run.directory).source(str(tmp_path / "moved"))
    assert source.spec.shape == (12, 12, 1)
    with pytest.raises(ValueError, match=r"examples of shape \(8, 8, 1\).*was trained on"):
        open_trained(run.directory).source("digits")


def test_file_does_not_say_its_data(run):
    trained = open_trained(run.model_path)
    with pytest.raises(ValueError, match="Name some by --data"):
        trained.test_batches(small_vae())
    batch = next(iter(trained.test_batches(small_vae(), "digits")))
    assert batch.shape == (64, 8, 8, 1)


def test_weights_are_taken_from_a_trained_model(run):
    mine = small_vae()
    for weight in mine.weights:
        weight.assign(weight + 1)
    begin.take_weights(mine, run.directory)
    for one, other in zip(mine.weights, run.load().weights, strict=True):
        assert (one.numpy() == other.numpy()).all()


def test_another_shape_names_the_first_weight_that_differs(run):
    import tfgen

    for hidden, message in (((8,), "dense_0/kernel"), ((), "has \\d+ weights")):
        other = tfgen.VAE(
            tfgen.networks.mlp((8, 8, 1), (8,), hidden),
            tfgen.networks.mlp((4,), (8, 8, 1), hidden),
            tfgen.likelihoods.Bernoulli(),
            4,
        )
        before = other.get_weights()
        with pytest.raises(ValueError, match="--from .* does not fit"):
            begin.take_weights(other, run.directory)
        for one, kept in zip(other.get_weights(), before, strict=True):
            assert (one == kept).all(), message
