"""The `tfgen` command, end to end."""

import json
import os
import pty
import resource
import subprocess
import sys

import pytest
import toy_recipes
from click.testing import CliRunner
from gans import images_gan
from PIL import Image

from tfgen import errors, presets, runs
from tfgen.cli import main

TFGEN = [sys.executable, "-m", "tfgen.cli"]
ENVIRONMENT = {**os.environ, "CUDA_VISIBLE_DEVICES": ""}


def run(*arguments):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module", autouse=True)
def toys():
    with pytest.MonkeyPatch.context() as patch:
        toy_recipes.use(patch)
        yield


@pytest.fixture(scope="module")
def trained(tmp_path_factory, toys):
    """The directory of a short but whole training on somebody's own pictures."""
    place = tmp_path_factory.mktemp("runs")
    toy_recipes.photos(place / "photos")
    result = run("train", "toy-vae", "--data", place / "photos", "--size", 8, "--batch-size", 8,
                 "--latent-dim", 3, "--learning-rate", 0.1, "--set", "width=8", "--holdout", 0.3,
                 "--epochs", 2, "--out", place / "run")  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "found: 24 8x8 grey images, 2 classes (cats, dogs)" in result.output
    assert "steps an epoch" in result.output and "parameters" in result.output
    return place / "run"


def test_help_recipes_and_presets_do_not_import_tensorflow():
    code = (
        "import sys; from click.testing import CliRunner; from tfgen.cli import main\n"
        "for command in (['--help'], [], ['recipes'], ['presets'], ['train', '--help']):\n"
        "    assert CliRunner().invoke(main, command).exit_code == 0\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_recipes_for_any_data_come_first():
    output = run("recipes").output
    places = [output.index(f"\n {name} ") for name in ("conv-vae", "r3gan", "vqvae", "digits-vae")]
    assert places == sorted(places)


def test_presets_are_listed_with_what_was_measured():
    output = run("presets").output
    for name in presets.names():
        assert name in output
    assert "Apache-2.0" in output and "tfgen sample" in output


def test_settings_stand_in_the_run(trained):
    told = json.loads((trained / "recipe.json").read_text())
    settings = told["settings"]
    assert settings["data"] == str(trained.parent / "photos")
    assert settings["size"] == [8, 8] and settings["holdout"] == 0.3
    assert (settings["batch_size"], settings["epochs"]) == (8, 2)
    assert settings["options"] == {"learning_rate": 0.1, "latent_dim": 3, "width": 8}
    assert told["source"]["classes"] == ["cats", "dogs"]
    found = {p.relative_to(trained).as_posix() for p in trained.rglob("*")}
    assert {"recipe.json", "model.keras", "logs/history.csv", "backup", "samples"} <= found
    assert not any(name.startswith(".") for name in found)


def test_same_command_again_says_that_it_is_trained(trained):
    command = ["train", "toy-vae", "--data", trained.parent / "photos", "--size", 8, "--batch-size",
               8, "--latent-dim", 3, "--learning-rate", 0.1, "--set", "width=8", "--holdout", 0.3,
               "--epochs", 2, "--out", trained]  # fmt: skip
    assert "is trained already" in run(*command).output


def test_evaluate_prints_and_writes_metrics(trained):
    output = run("evaluate", trained).output
    metrics = json.loads((trained / "metrics.json").read_text())
    assert "answer" in output and metrics["answer"] == 42.0
    assert metrics["split"] == "test" and metrics["latent_dim"] == 3
    assert metrics["training_seconds"] > 0


def test_every_command_takes_a_run_a_file_and_a_preset(trained, tmp_path):
    file, photos = trained / "model.keras", trained.parent / "photos"
    pictures = [tmp_path / f"{name}.png" for name in "abcdef"]
    for command in (
        ["sample", trained, "--count", 9, "--out", pictures[0]],
        ["sample", file, "--count", 9, "--out", pictures[1]],
        ["sample", "mnist-conv-vae", "--count", 9, "--out", pictures[2]],
        ["reconstruct", trained, "--out", pictures[3]],
        ["reconstruct", file, "--data", photos, "--out", pictures[4]],
        ["traverse", file, "--out", pictures[5]],
        ["evaluate", file, "--recipe", "toy-vae", "--data", "digits"],
        ["export", file, "--to", "tflite", "--modes", "float32", "--out", tmp_path / "export"],
    ):
        result = run(*command)
        assert result.exit_code == 0, result.output
    assert pictures[0].read_bytes() == pictures[1].read_bytes()
    assert Image.open(pictures[2]).size > (28 * 3, 28 * 3)
    assert (tmp_path / "export" / "tflite" / "float32.tflite").is_file()
    assert not (tmp_path / "export" / ".lock").exists()


def test_training_goes_on_from_a_run(trained, tmp_path):
    command = ["train", "toy-vae", "--data", trained.parent / "photos", "--size", 8, "--batch-size",
               8, "--set", "width=8", "--from", trained, "--out", tmp_path / "run"]  # fmt: skip
    assert "--latent-dim" not in command
    refused = run(*command)
    assert refused.exit_code == 2 and "does not fit: its weight" in refused.output
    assert not (tmp_path / "run").exists()
    result = run(*command, "--latent-dim", 3)
    assert result.exit_code == 0, result.output


def test_export_writes_artefacts_and_report(trained, tmp_path):
    out = tmp_path / "out"
    result = run("export", trained, "--modes", "float32,int8", "--serving-kit", "--out", out)
    assert result.exit_code == 0, result.output
    assert {p.name for p in (out / "tflite").iterdir()} == {"float32.tflite", "int8.tflite"}
    rows = json.loads((out / "report.json").read_text())["rows"]
    rows = {(r["artefact"], r["endpoint"]): r for r in rows}
    assert rows["float32.tflite", "generate"]["error"] < 1e-5
    assert rows["saved_model", "reconstruct"]["error"] < 1e-5
    assert "Converting to int8.tflite" in result.output and "Verifying int8" in result.output
    assert "| float32.tflite | generate |" in (out / "report.md").read_text()
    assert 'name: "toy-vae"' in (out / "serving" / "models.config").read_text()


def test_export_of_one_endpoint_that_practises(trained, tmp_path):
    command = ["export", trained, "--to", "tflite", "--modes", "int8", "--endpoints", "decode"]
    result = run(*command, "--fine-tune-steps", "2", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    [row] = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert (row["artefact"], row["endpoint"]) == ("int8.tflite", "decode") and row["psnr"] > 25


def test_export_writes_a_page(trained, tmp_path):
    runtime = "https://cdn.example/npm/@litertjs/core@2.5.3"
    command = ["export", trained, "--to", "web", "--modes", "float32", "--out", tmp_path / "out"]
    result = run(*command, "--runtime", runtime)
    assert result.exit_code == 0, result.output
    assert "<title>toy-vae</title>" in (tmp_path / "out" / "web" / "index.html").read_text()


def test_two_exports_into_one_place_exclude_each_other(trained, tmp_path):
    from tfgen.runs.lock import locked

    with locked(tmp_path, "exports"):
        result = run("export", trained, "--modes", "float32", "--out", tmp_path)
    assert result.exit_code == 2 and f"process {os.getpid()} exports there" in result.output
    assert list(tmp_path.iterdir()) == []


def test_a_gan_draws_typical_samples_and_walks_along_arcs(tmp_path):
    images_gan().save(tmp_path / "gan.keras")
    for options in ([], ["--truncation", 0.5]):
        out = tmp_path / f"{len(options)}.png"
        assert run("sample", tmp_path / "gan.keras", *options, "--out", out).exit_code == 0
    assert (tmp_path / "0.png").read_bytes() != (tmp_path / "2.png").read_bytes()
    walk = ["traverse", tmp_path / "gan.keras", "--along", "arcs", "--out", tmp_path / "arcs.png"]
    assert run(*walk).exit_code == 0 and (tmp_path / "arcs.png").is_file()


@pytest.mark.parametrize("name", ["ModeCollapseError", "NotFiniteError"])
def test_a_training_that_failed_ends_in_one_line(name, monkeypatch, tmp_path):
    def collapse(*arguments, **others):
        raise getattr(errors, name)("Mode collapse: samples are all alike.")

    monkeypatch.setattr(runs, "train", collapse)
    result = run("train", "toy-digits", "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert result.stderr == "Error: Mode collapse: samples are all alike.\n"


def test_interrupt_says_how_to_resume(tmp_path, monkeypatch):
    from tfgen import callbacks

    def interrupt(self, epoch, logs=None):
        if epoch == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(callbacks.CollapseWarning, "on_epoch_end", interrupt)
    result = run("train", "toy-digits", "--out", tmp_path / "run", "--epochs", 4)
    assert result.exit_code == 130
    said = "Stopped; 2 of 4 epochs are kept. The same command resumes there."
    assert result.stderr.strip() == said


def test_interrupt_elsewhere_is_said_in_one_line(trained, tmp_path, monkeypatch):
    def interrupt(*arguments, **others):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "sample", interrupt)
    result = run("sample", trained, "--out", tmp_path / "a.png")
    assert result.exit_code == 130
    assert result.stderr.strip() == "Interrupted; what was begun is not written."


@pytest.mark.parametrize(
    "error, told, said",
    [
        ("ResourceExhaustedError", "OOM when allocating", "Set --batch-size lower"),
        ("ResourceExhaustedError", "events; No space left on device", "run: No space left"),
    ],
)
def test_what_tensorflow_says_of_memory_and_disk(error, told, said, tmp_path, monkeypatch):
    import tensorflow as tf

    def fails(*arguments, **others):
        raise getattr(tf.errors, error)(None, None, told)

    monkeypatch.setattr("tfgen.training.GenerativeModel.fit", fails)
    result = run("train", "toy-digits", "--out", tmp_path / "run")
    assert result.exit_code == 2 and said in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_full_disk_leaves_the_old_picture(trained, tmp_path):
    picture = tmp_path / "a.png"
    assert run("sample", trained, "--count", 4, "--out", picture).exit_code == 0
    before = picture.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))
    try:
        result = run("sample", trained, "--count", 64, "--out", picture)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert result.exit_code == 2 and f"Error: {picture}: File too large" in result.stderr
    assert picture.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_folder_that_is_a_file_is_named(trained, tmp_path):
    (tmp_path / "file").touch()
    nowhere = tmp_path / "file" / "below"
    for command in (
        ["sample", trained, "--out", nowhere / "a.png"],
        ["traverse", trained, "--out", nowhere / "a.png"],
        ["export", trained, "--modes", "float32", "--out", nowhere],
    ):
        result = run(*command)
        assert result.exit_code == 2 and "file is a file" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_recipe_json_is_there_only_once_all_is_known_to_be_good(tmp_path, monkeypatch):
    """Whatever fails before the first step leaves nothing behind, and the next command trains."""

    def broken(*arguments):
        raise ValueError("cannot listen")

    with monkeypatch.context() as patch:
        patch.setattr(runs.Run, "begin", broken)
        result = run("train", "toy-digits", "--out", tmp_path / "run")
        assert result.exit_code == 2 and list(tmp_path.iterdir()) == []
    command = ["train", "toy-digits", "--steps-per-epoch", 1, "--out", tmp_path / "run"]
    assert run(*command).exit_code == 0


@pytest.mark.parametrize(
    "redirection, status", [(">&- 2>&- <&-", 0), ("> /dev/full 2>&1", 0), ("| true", 0)]
)
def test_samples_are_drawn_though_nobody_listens(redirection, status, tmp_path):
    command = f"{sys.executable} -m tfgen.cli sample mnist-conv-vae --out {tmp_path}/a.png"
    done = subprocess.run(f"{command} {redirection}", shell=True, check=False, env=ENVIRONMENT)
    assert done.returncode == status and (tmp_path / "a.png").is_file()


def test_terminal_stays_clean(tmp_path):
    """What was found, one line an epoch, and nothing of TensorFlow's."""
    command = [*TFGEN, "train", "digits-vae", "--epochs", "2", "--steps-per-epoch", "3", "--out"]
    done = subprocess.run(
        [*command, tmp_path / "run"],
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
        env=ENVIRONMENT,
    )
    assert done.stderr.strip() == ""
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 1 + 2 + 2, done.stdout
    assert lines[0].startswith("found: 1,797") and "3 steps an epoch" in lines[0]
    assert lines[1].startswith("Epoch 1/2 - ") and lines[1].endswith(" left")


def test_a_terminal_shows_a_bar_with_the_time_left(tmp_path):
    master, slave = pty.openpty()
    command = [*TFGEN, "train", "digits-vae", "--epochs", "1", "--steps-per-epoch", "40", "--out"]
    process = subprocess.Popen([*command, tmp_path / "run"], stdout=slave, stderr=slave,
                               env=ENVIRONMENT)  # fmt: skip
    os.close(slave)
    shown = b""
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # the other side is closed
            break
        shown += part
        if not part:
            break
    assert process.wait(timeout=200) == 0
    assert b"Epoch 1/1 [" in shown and b"/40  " in shown and b" left" in shown
