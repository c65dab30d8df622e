"""Runs that build upon a tokenizer's run: trained first, or adopted."""

import json

import pytest
import toy_recipes
from click.testing import CliRunner
from toy_recipes import TOYS

from tfgen import presets, recipes, runs
from tfgen.cli import main
from tfgen.runs import Run, tokenizers


def run(*arguments):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture(autouse=True)
def toys(monkeypatch):
    toy_recipes.use(monkeypatch)


def finished(directory, name, content=b"a model", **changes):
    """A run that looks trained."""
    started = Run(directory, TOYS[name], runs.changed(TOYS[name], changes))
    started.begin()
    started.model_path.write_bytes(content)
    return started


def unborn(directory):
    return Run(directory, TOYS["toy-prior"], TOYS["toy-prior"].settings)


def test_prior_trains_its_tokenizer_first_and_draws_digits_on_request(tmp_path):
    out, short = tmp_path / "run", ["--steps-per-epoch", 3]
    result = run("train", "toy-prior", *short, "--out", out)
    assert result.exit_code == 0 and "First its tokenizer, toy-tokens:" in result.output
    assert json.loads((out / "tokenizer" / "recipe.json").read_text())["recipe"] == "toy-tokens"
    assert (out / "tokenizer" / "samples" / "epoch-0001.png").is_file()
    assert (out / "samples" / "epoch-0001.png").is_file()
    assert "is trained already" in run("train", "toy-prior", *short, "--out", out).output
    assert run("sample", out, "--label", 3, "--out", tmp_path / "a.png").exit_code == 0
    assert "answer" in run("evaluate", out).output
    assert type(Run.open(out).load()).__name__ == "TokenGenerator"
    tokenizer = out / "tokenizer"
    assert run("reconstruct", tokenizer, "--out", tmp_path / "b.png").exit_code == 0
    for command, message in [("sample", "its tokens come from no prior"),
                             ("traverse", "no latent dimensions")]:  # fmt: skip
        result = run(command, tokenizer, "--out", tmp_path / "no.png")
        assert result.exit_code == 2 and message in result.output
    export = ["export", tokenizer, "--modes", "float32", "--out", tmp_path / "run" / "export"]
    assert {"encode", "decode"} <= {*run(*export).output.split()}
    assert "it has no encoder" in run("reconstruct", out, "--out", tmp_path / "no.png").output
    again = ["train", "toy-prior", *short, "--from", out, "--out", tmp_path / "more"]
    assert "First its tokenizer" not in run(*again).output  # it comes with the model
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "b.png", "more", "run"]


def test_tokenizer_is_copied_and_kept(tmp_path):
    tokenizer = finished(tmp_path / "t", "toy-tokens")
    mine = unborn(tmp_path / "p")
    for _ in range(2):  # the same command again
        tokenizers.check(mine, tokenizer.directory)
        tokenizers.adopt(mine, tokenizer.directory)
    assert (tmp_path / "p" / "tokenizer" / "model.keras").read_bytes() == b"a model"
    assert Run.open(tmp_path / "p" / "tokenizer").recipe is TOYS["toy-tokens"]
    finished(tmp_path / "other", "toy-tokens", b"another one")
    with pytest.raises(ValueError, match="has a tokenizer already, other than that of"):
        tokenizers.check(mine, tmp_path / "other")


def test_tokenizers_that_would_not_do_are_refused(tmp_path):
    mine = unborn(tmp_path / "p")
    finished(tmp_path / "prior", "toy-prior")
    finished(tmp_path / "others", "toy-tokens", data="other data")
    Run(tmp_path / "begun", TOYS["toy-tokens"], TOYS["toy-tokens"].settings).begin()
    with pytest.raises(ValueError, match="is a prior of digits: toy-prior needs a VQ-VAE of dig"):
        tokenizers.check(mine, tmp_path / "prior")
    with pytest.raises(ValueError, match="is a VQ-VAE of other data"):
        tokenizers.check(mine, tmp_path / "others")
    with pytest.raises(FileNotFoundError, match="its training has not ended"):
        tokenizers.check(mine, tmp_path / "begun")
    with pytest.raises(FileNotFoundError, match="holds no recipe.json"):
        tokenizers.check(mine, tmp_path / "nowhere")
    assert not mine.directory.exists()


def test_a_recipe_inherits_what_was_not_asked_for_otherwise(tmp_path):
    recipe = recipes.get("latent-prior")
    vae = Run(tmp_path / "v", recipes.get("conv-vae"), runs.changed(
        recipes.get("conv-vae"), {"data": "some", "size": (32, 32), "likelihood": "bernoulli"}
    ))  # fmt: skip
    vae.begin()
    vae.model_path.write_bytes(b"a model")
    usual = recipe.settings
    found = tokenizers.inherited(recipe, usual, vae.directory)
    assert (found.data, found.size, found["likelihood"]) == ("some", (32, 32), "bernoulli")
    assert (found.epochs, found["prior"]) == (usual.epochs, "flow_matching")
    asked = runs.changed(recipe, {"holdout": 0.3})
    assert tokenizers.inherited(recipe, asked, vae.directory).holdout == 0.3
    assert tokenizers.inherited(recipe, usual, None) is usual
    run = runs.check(recipe, usual, tmp_path / "p", tokenizer=vae.directory)
    assert run.settings.data == "some"
    with pytest.raises(ValueError, match="is a VAE of some: latent-prior needs a VAE of mnist"):
        runs.check(
            recipe, runs.changed(recipe, {"data": "mnist"}), tmp_path / "p", tokenizer=vae.directory
        )


def test_a_preset_is_a_tokenizer(tmp_path):
    recipe = recipes.get("latent-prior")
    settings = tokenizers.inherited(recipe, recipe.settings, "mnist-conv-vae")
    assert (settings.data, settings["likelihood"]) == ("mnist", "bernoulli")
    run = Run(tmp_path / "p", recipe, settings)
    tokenizers.check(run, "mnist-conv-vae")
    tokenizers.adopt(run, "mnist-conv-vae")
    adopted = Run.open(tmp_path / "p" / "tokenizer")
    assert adopted.recipe.name == "mnist-conv-vae"
    assert adopted.model_path.read_bytes() == presets.path("mnist-conv-vae").read_bytes()
    tokenizers.check(run, "mnist-conv-vae")  # the same command again


def test_a_prior_of_latents_is_trained_judged_and_drawn_from(tmp_path):
    vae, out = tmp_path / "vae", tmp_path / "run"
    assert run("train", "toy-digits", "--steps-per-epoch", 3, "--out", vae).exit_code == 0
    short = ["--steps-per-epoch", 3, "--epochs", 1, "--batch-size", 16]
    sets = ["--set", "prior=mixture", "--set", "components=3", "--set", "likelihood=bernoulli"]
    result = run("train", "latent-prior", "--tokenizer", vae, *short, *sets, "--out", out)
    assert result.exit_code == 0, result.output
    assert type(Run.open(out).load()).__name__ == "LatentGenerator"
    assert run("sample", out, "--out", tmp_path / "a.png").exit_code == 0
    assert run("reconstruct", out, "--out", tmp_path / "b.png").exit_code == 0
    refused = run("train", "latent-prior", "--tokenizer", vae, *short, "--set", "prior=magic",
                  "--out", tmp_path / "c")  # fmt: skip
    assert refused.exit_code == 2 and "prior='magic' received: expected one of" in refused.output
