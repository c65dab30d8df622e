import json
import resource
import subprocess
import sys

import pytest
from click.testing import CliRunner

import tfgen
from tfgen import callbacks, experiment, recipes
from tfgen.cli import main
from tfgen.runs import Run


def run(*arguments):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The directory of a short but whole training of the digits recipe."""
    directory = tmp_path_factory.mktemp("runs") / "digits"
    result = run("train", "digits-vae", "--out", directory, "--epochs", 2)
    assert result.exit_code == 0, result.output
    return directory


def test_help_and_recipes_do_not_import_tensorflow():
    code = (
        "import sys; from click.testing import CliRunner; from tfgen.cli import main\n"
        "for command in (['--help'], ['recipes'], ['train', '--help']):\n"
        "    assert CliRunner().invoke(main, command).exit_code == 0\n"
        "assert 'tensorflow' not in sys.modules and 'keras' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_recipes_lists_all():
    output = run("recipes").output
    for name in ("digits-vae", "mnist-vae", "mnist-iwae", "mnist-conv-vae"):
        assert name in output


def test_train_writes_a_run(trained):
    found = {p.relative_to(trained).as_posix() for p in trained.rglob("*")}
    assert {"recipe.json", "model.keras", "logs/history.csv", "backup", "samples"} <= found
    assert (
        "is trained already" in run("train", "digits-vae", "--out", trained, "--epochs", 2).output
    )


def test_evaluate_prints_and_writes_metrics(trained):
    output = run("evaluate", trained).output
    metrics = json.loads((trained / "metrics.json").read_text())
    assert "nll" in output
    assert metrics["split"] == "test" and metrics["examples"] == 360
    assert metrics["nll"] < -metrics["elbo"]  # many samples bound better than one
    assert metrics["training_seconds"] > 0


def test_sample_and_traverse_write_pictures(trained, tmp_path):
    from PIL import Image

    assert run("sample", trained, "--count", 9, "--out", tmp_path / "a.png").exit_code == 0
    assert run("sample", trained, "--count", 9, "--out", tmp_path / "b.png").exit_code == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert run("traverse", trained, "--out", tmp_path / "t.png").exit_code == 0
    assert Image.open(tmp_path / "t.png").size[1] > 8 * 8


def test_export_writes_artefacts_and_report(trained, tmp_path):
    result = run("export", trained, "--modes", "float32,int8", "--out", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert {p.name for p in (tmp_path / "out" / "tflite").iterdir()} == {
        "float32.tflite", "int8.tflite"}  # fmt: skip
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    rows = {(r["artefact"], r["endpoint"]): r for r in report["rows"]}
    assert rows["float32.tflite", "generate"]["error"] < 1e-5
    assert rows["saved_model", "reconstruct"]["error"] < 1e-5
    assert rows["int8.tflite", "decode"]["psnr"] > 25
    assert "Converting to int8.tflite" in result.output and "Verifying int8" in result.output
    assert "| float32.tflite | generate |" in (tmp_path / "out" / "report.md").read_text()


def test_export_of_one_endpoint_that_practises(trained, tmp_path):
    command = ["export", trained, "--to", "tflite", "--modes", "int8", "--endpoints", "decode"]
    result = run(*command, "--fine-tune-steps", "2", "--out", tmp_path)
    assert result.exit_code == 0, result.output
    [row] = json.loads((tmp_path / "report.json").read_text())["rows"]
    assert (row["artefact"], row["endpoint"]) == ("int8.tflite", "decode") and row["psnr"] > 25


def test_serving_kit_fits_the_saved_model(trained, tmp_path):
    out = tmp_path / "out"
    result = run("export", trained, "--to", "saved_model", "--serving-kit", "--out", out)
    assert result.exit_code == 0, result.output
    assert 'name: "digits-vae"' in (out / "serving" / "models.config").read_text()
    assert 'source: "../saved_model"' in (out / "serving" / "compose.yaml").read_text()
    assert (
        b"digits-vae"
        in (out / "saved_model" / "1" / "assets.extra" / "tf_serving_warmup_requests").read_bytes()
    )


def test_export_writes_a_page_or_says_what_it_needs(trained, tmp_path):
    command = ["export", trained, "--to", "web", "--modes", "float32", "--out", tmp_path / "out"]
    result = run(*command, "--runtime", tmp_path / "nowhere")
    assert result.exit_code == 2 and "npm install @litertjs/core" in result.output
    assert not (tmp_path / "out").exists()
    result = run(*command, "--runtime", "https://cdn.example/npm/@litertjs/core@2.5.3")
    assert result.exit_code == 0, result.output
    assert "<title>digits-vae</title>" in (tmp_path / "out" / "web" / "index.html").read_text()
    rows = json.loads((tmp_path / "out" / "report.json").read_text())["rows"]
    assert {(row["artefact"], row["endpoint"]) for row in rows} == {
        ("float32.tflite", "generate"), ("float32.tflite", "decode")}  # fmt: skip


def test_a_gan_draws_typical_samples_and_walks_along_arcs(tmp_path):
    gan = tfgen.GAN(
        tfgen.networks.dcgan_generator(4, (8, 8, 1), width=4),
        tfgen.networks.dcgan_discriminator((8, 8, 1), width=4),
        latent_dim=4,
    )
    recipe = recipes.get("mnist-dcgan")
    gan.save(Run.start(tmp_path / "run", recipe, recipe.settings).model_path)
    pictures = [tmp_path / f"{name}.png" for name in ("all", "typical", "arcs")]
    assert run("sample", tmp_path / "run", "--out", pictures[0]).exit_code == 0
    assert run("sample", tmp_path / "run", "--truncation", 0.5, "--out", pictures[1]).exit_code == 0
    assert pictures[0].read_bytes() != pictures[1].read_bytes()
    walk = run("traverse", tmp_path / "run", "--along", "arcs", "--out", pictures[2])
    assert walk.exit_code == 0 and pictures[2].is_file()


def test_truncation_is_for_gans(trained, tmp_path):
    result = run("sample", trained, "--truncation", 0.5, "--out", tmp_path / "a.png")
    assert result.exit_code == 2 and "VAE: --truncation is for GANs" in result.output


def test_a_collapsed_training_ends_in_one_line(monkeypatch, tmp_path):
    def collapse(run, data_dir):
        raise callbacks.ModeCollapseError("Mode collapse: samples are all alike.")

    monkeypatch.setattr(experiment, "train", collapse)
    result = run("train", "ring-gan", "--out", tmp_path / "run")
    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == "Error: Mode collapse: samples are all alike."


BAD = {
    "unknown recipe": (["train", "mnist-vea", "--out", "x"], "Did you mean 'mnist-vae'?"),
    "no run": (["evaluate", "nowhere"], "holds no recipe.json"),
    "count 0": (["sample", "nowhere", "--count", "0", "--out", "a.png"], "0 is not in the range"),
    "not a png": (["sample", "nowhere", "--out", "a.gif"], "ends in .png"),
    "unknown mode": (["export", "nowhere", "--modes", "int3", "--out", "o"], "'int3'"),
    "kit alone": (
        ["export", "nowhere", "--to", "tflite", "--serving-kit", "--out", "o"],
        "--serving-kit received --to tflite: add saved_model",
    ),
    "tokenizer for nothing": (
        ["train", "digits-vae", "--tokenizer", "x", "--out", "run"],
        "digits-vae needs none",
    ),
    "no targets": (["export", "nowhere", "--to", ",", "--out", "o"], "--to received nothing"),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_input_is_one_line_and_status_2(what, tmp_path, monkeypatch):
    arguments, message = BAD[what]
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output
    assert list(tmp_path.iterdir()) == []


def test_data_set_that_is_not_there_is_named(tmp_path):
    (tmp_path / "sets").mkdir()
    result = run("train", "mnist-vae", "--out", tmp_path / "run", "--data-dir", tmp_path / "sets")
    assert result.exit_code == 2
    assert "mnist" in result.output and "Traceback" not in result.output
    assert not (tmp_path / "run" / "model.keras").exists()


def test_folder_that_cannot_be_written_is_named(trained, tmp_path):
    (tmp_path / "file").touch()
    nowhere = tmp_path / "file" / "below"
    for command in (
        ["train", "digits-vae", "--out", nowhere],
        ["sample", trained, "--out", nowhere / "a.png"],
        ["traverse", trained, "--out", nowhere / "a.png"],
        ["export", trained, "--modes", "float32", "--out", nowhere],
    ):
        result = run(*command)
        assert result.exit_code == 2, result.output
        assert str(nowhere) in result.output and "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


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
    assert result.exit_code == 2 and "File too large" in result.output
    assert picture.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_truncated_backup_falls_back_to_the_one_before(tmp_path):
    train = ["train", "digits-vae", "--out", tmp_path / "run", "--epochs", 23]
    assert run(*train).exit_code == 0
    (tmp_path / "run" / "model.keras").unlink()  # as if killed before it was written
    newest = tmp_path / "run" / "backup" / "epoch-0023.weights.h5"
    newest.write_bytes(newest.read_bytes()[:1000])
    result = run(*train)
    assert result.exit_code == 0
    assert "going on from epoch-0020.weights.h5" in result.output
    assert "Epoch 21/23" in result.output and "Epoch 20/23" not in result.output


def test_interrupt_says_how_to_resume(tmp_path, monkeypatch):
    from tfgen import callbacks

    def interrupt(self, epoch, logs=None):
        if epoch == 12:
            raise KeyboardInterrupt

    monkeypatch.setattr(callbacks.CollapseWarning, "on_epoch_end", interrupt)
    result = run("train", "digits-vae", "--out", tmp_path / "run", "--epochs", 23)
    assert result.exit_code == 130
    assert "Stopped; 10 of 23 epochs are kept. The same command resumes there." in result.output


def test_label_for_a_model_without_classes_is_refused(trained, tmp_path):
    result = run("sample", trained, "--label", 3, "--out", tmp_path / "a.png")
    assert result.exit_code == 2 and "not class-conditional" in result.output
    assert not (tmp_path / "a.png").exists()


def test_terminal_stays_clean(tmp_path):
    """One line an epoch and nothing of TensorFlow's."""
    command = [sys.executable, "-m", "tfgen.cli", "train", "digits-vae", "--out", tmp_path / "run"]
    done = subprocess.run(
        [*command, "--epochs", "2", "--steps-per-epoch", "3"],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stderr.strip() == ""
    assert len(done.stdout.strip().splitlines()) == 2 * 2 + 2, done.stdout
