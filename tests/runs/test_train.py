"""Training: resumed, locked, and outliving its terminal."""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from toy_recipes import TOYS

from tfgen import recipes, runs
from tfgen.data import open_source
from tfgen.runs import Run
from tfgen.runs.lock import locked
from tfgen.runs.train import training_data

TOY = TOYS["toy-digits"]
ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
TRAIN = [sys.executable, "-m", "tfgen.cli", "train", "digits-vae"]


def weights(directory):
    return Run.open(directory).load().get_weights()


@pytest.mark.timeout(240)
def test_killed_training_resumes_bit_for_bit(tmp_path):
    """SIGKILL in mid-epoch, then the same command: the weights of an uninterrupted run."""
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    train = [*TRAIN, "--epochs", "23", "--out"]
    subprocess.run([*train, straight], check=True, env=ENVIRONMENT, timeout=200)
    process = subprocess.Popen([*train, killed], env=ENVIRONMENT)
    history = killed / "logs" / "history.csv"
    while "\n13," not in (history.read_text() if history.is_file() else ""):
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / "model.keras").exists()
    assert [path.name for path in (killed / "backup").iterdir()] == ["epoch-0010.weights.h5"]
    subprocess.run([*train, killed], check=True, env=ENVIRONMENT, timeout=200)
    for a, b in zip(weights(straight), weights(killed), strict=True):
        np.testing.assert_array_equal(a, b)
    lines = history.read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", *map(str, range(1, 24))]


def test_training_ends_though_nobody_reads_it(tmp_path):
    """As `tfgen train ... 2>&1 | head -1` does."""
    command = [*TRAIN, "--epochs", "2", "--steps-per-epoch", "2", "--out", tmp_path / "run"]
    process = subprocess.Popen(
        command, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert b"found: 1,797 8x8 grey images" in process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=200) == 0
    assert (tmp_path / "run" / "model.keras").is_file()


@pytest.mark.parametrize("first_epoch", [2, 3])  # 23 batches make a pass, and epochs are of 10
def test_shortened_epochs_go_on_through_the_data(first_epoch):
    recipe, source = recipes.get("digits-vae"), open_source("digits")
    settings = dataclasses.replace(recipe.settings, steps_per_epoch=10)
    endless, steps = training_data(recipe, source, settings, 0)
    batches = list(endless.take(35).as_numpy_iterator())
    resumed, _ = training_data(recipe, source, settings, first_epoch)
    assert steps == 10
    assert (batches[0] != batches[10]).any()
    for expected, received in zip(batches[10 * first_epoch :], resumed, strict=False):
        np.testing.assert_array_equal(received, expected)


def test_run_says_what_was_found_and_where_it_came_from(tmp_path):
    said = []
    settings = runs.changed(TOY, {"steps_per_epoch": 2})
    first = runs.train(TOY, settings, tmp_path / "first", say=said.append)
    assert "1,437 to train, 360 held out; 2 steps an epoch, 2,344 parameters" in said[0]
    settings = runs.changed(TOY, {"steps_per_epoch": 1, "learning_rate": 1e-9, "seed": 5})
    second = runs.train(TOY, settings, tmp_path / "second", begin_from=first.directory, say=print)
    told = json.loads((tmp_path / "second" / "recipe.json").read_text())
    assert told["from"]["name"] == str(first.directory)
    assert told["source"]["counts"] == {"train": 1437, "test": 360}
    for a, b in zip(first.load().get_weights(), second.load().get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)


def test_directory_in_which_another_trains_is_refused(tmp_path):
    with locked(tmp_path, "trains"), pytest.raises(BlockingIOError, match="trains there"):
        runs.train(TOY, TOY.settings, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_full_disk_names_the_model(tmp_path, monkeypatch):
    import keras

    def full(*arguments, **others):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keras.Model, "save", full)
    with pytest.raises(OSError, match=r"No space left on device: .*run/model\.keras"):
        runs.train(TOY, runs.changed(TOY, {"steps_per_epoch": 1}), tmp_path / "run")
    assert not (tmp_path / "run" / "model.keras").exists()


def test_mistakes_of_the_house_are_not_hidden(tmp_path, monkeypatch):
    """A ZeroDivisionError is nobody's bad input."""
    from click.testing import CliRunner

    from tfgen.cli import main

    def divide(*arguments, **others):
        return 1 / 0

    monkeypatch.setattr(runs, "train", divide)
    result = CliRunner().invoke(main, ["train", "toy-digits", "--out", str(tmp_path / "run")])
    assert isinstance(result.exception, ZeroDivisionError)
