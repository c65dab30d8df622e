import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tfgen import experiment, recipes
from tfgen.runs import Run

ENVIRONMENT = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
TRAIN = [sys.executable, "-m", "tfgen.cli", "train", "digits-vae", "--epochs", "23"]


def start(directory, name="digits-vae", **changes):
    recipe = recipes.get(name)
    return Run.start(directory, recipe, dataclasses.replace(recipe.settings, **changes))


def test_run_describes_itself_and_opens_again(tmp_path):
    start(tmp_path / "run", seed=3)
    described = json.loads((tmp_path / "run" / "recipe.json").read_text())
    assert described["recipe"] == "digits-vae"
    assert described["settings"]["seed"] == 3
    assert "tensorflow" in described["versions"]
    assert Run.open(tmp_path / "run").settings.seed == 3


def test_run_of_another_recipe_is_refused(tmp_path):
    start(tmp_path)
    with pytest.raises(ValueError, match="holds a run of 'digits-vae', not of 'mnist-vae'"):
        start(tmp_path, "mnist-vae")


def test_run_with_other_settings_is_refused(tmp_path):
    start(tmp_path, seed=1)
    with pytest.raises(ValueError, match="--seed 1, not 2"):
        start(tmp_path, seed=2)


def test_foreign_directory_is_refused_and_untouched(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(ValueError, match="no run directory"):
        start(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_directory_without_a_run_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds no recipe.json"):
        Run.open(tmp_path)


def test_damaged_description_is_named(tmp_path):
    (tmp_path / "recipe.json").write_text('{"recipe": "digits-v')
    with pytest.raises(ValueError, match="recipe.json is not what `tfgen train` wrote"):
        Run.open(tmp_path)


def test_unfinished_run_has_no_model(tmp_path):
    with pytest.raises(FileNotFoundError, match="its training has not ended"):
        start(tmp_path).load()


def weights(directory):
    return Run.open(directory).load().get_weights()


@pytest.mark.timeout(240)
def test_killed_training_resumes_bit_for_bit(tmp_path):
    """SIGKILL in mid-epoch, then the same command: the weights of an uninterrupted run."""
    straight, killed = tmp_path / "straight", tmp_path / "killed"
    subprocess.run([*TRAIN, "--out", straight], check=True, env=ENVIRONMENT, timeout=200)
    process = subprocess.Popen([*TRAIN, "--out", killed], env=ENVIRONMENT)
    history = killed / "logs" / "history.csv"
    while "\n13," not in (history.read_text() if history.is_file() else ""):
        assert process.poll() is None
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (killed / "model.keras").exists()
    assert [path.name for path in (killed / "backup").iterdir()] == ["epoch-0010.weights.h5"]
    subprocess.run([*TRAIN, "--out", killed], check=True, env=ENVIRONMENT, timeout=200)
    for a, b in zip(weights(straight), weights(killed), strict=True):
        np.testing.assert_array_equal(a, b)
    lines = history.read_text().splitlines()
    assert [line.split(",")[0] for line in lines] == ["epoch", *map(str, range(1, 24))]


@pytest.mark.parametrize("first_epoch", [2, 3])  # 23 batches make a pass, and epochs are of 10
def test_shortened_epochs_go_on_through_the_data(first_epoch, tmp_path):
    run = start(tmp_path, steps_per_epoch=10)
    endless, steps = experiment._training_data(run, None, 0)
    batches = list(endless.take(35).as_numpy_iterator())
    resumed, _ = experiment._training_data(run, None, first_epoch)
    assert steps == 10
    assert (batches[0] != batches[10]).any()
    for expected, received in zip(batches[10 * first_epoch :], resumed, strict=False):
        np.testing.assert_array_equal(received, expected)
