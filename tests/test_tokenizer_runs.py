"""Runs that build upon a tokenizer's run: trained first, or adopted."""

import json

import keras
import pytest
from click.testing import CliRunner

import tfgen
from tfgen import recipes
from tfgen.cli import main
from tfgen.recipes import Recipe, Settings
from tfgen.runs import Run


def run(*arguments):
    result = CliRunner().invoke(main, [str(a) for a in arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def build_tokenizer(settings, steps_per_epoch):
    encoder = tfgen.networks.mlp((8, 8, 1), (2, 2, 2), hidden=(8,))
    decoder = tfgen.networks.mlp((2, 2, 2), (8, 8, 1), hidden=(8,))
    quantizer = tfgen.quantizers.FSQ((3, 3))
    model = tfgen.VQVAE(encoder, decoder, quantizer, tfgen.likelihoods.Bernoulli())
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return model


def build_prior(settings, steps_per_epoch, tokenizer):
    network = tfgen.networks.causal_transformer(9, 4, width=8, depth=1, heads=2, num_classes=10)
    model = tfgen.priors.TokenGenerator(tokenizer, tfgen.priors.CausalTokenPrior(network))
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    return model


def dataset(labels):
    def digits(split, settings, data_dir=None, first_epoch=0):
        return tfgen.data.images(
            "digits", split, batch_size=64, labels=labels, first_epoch=first_epoch
        )

    return digits


def recipe(name, build, labels, **others):
    settings = Settings(epochs=1, batch_size=64)
    words = {"modality": "image", "data": "digits", "time": "", "expected": "", **others}
    return Recipe(name=name, settings=settings, build=build, dataset=dataset(labels),
                  judge=lambda model, test: model.evaluate(test, return_dict=True, verbose=0),
                  **words)  # fmt: skip


RECIPES = {
    "tokens": recipe("tokens", build_tokenizer, False, family="VQ-VAE"),
    "prior": recipe("prior", build_prior, True, family="prior", tokenizer="tokens"),
    "others": recipe("others", build_tokenizer, False, family="VQ-VAE", data="other data"),
}


@pytest.fixture(autouse=True)
def tiny_recipes(monkeypatch):
    monkeypatch.setattr(recipes, "get", RECIPES.__getitem__)


def finished(directory, name, content=b"a model"):
    """A run that looks trained."""
    started = Run.start(directory, RECIPES[name], RECIPES[name].settings)
    started.model_path.write_bytes(content)
    return started


def test_prior_trains_its_tokenizer_first_and_draws_digits_on_request(tmp_path):
    out, short = tmp_path / "run", ["--steps-per-epoch", 3]
    result = run("train", "prior", *short, "--out", out)
    assert result.exit_code == 0 and "First its tokenizer, tokens:" in result.output
    assert json.loads((out / "tokenizer" / "recipe.json").read_text())["recipe"] == "tokens"
    assert (out / "tokenizer" / "samples" / "epoch-0001.png").is_file()
    assert (out / "samples" / "epoch-0001.png").is_file()
    assert "is trained already" in run("train", "prior", *short, "--out", out).output
    assert run("sample", out, "--label", 3, "--out", tmp_path / "a.png").exit_code == 0
    assert "bits_per_dim" in run("evaluate", out).output
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
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.png", "b.png", "run"]


def test_several_workers_need_a_trained_tokenizer(tmp_path):
    result = run("train", "prior", "--strategy", "multiworker", "--out", tmp_path / "run")
    assert result.exit_code == 2 and "pass that as --tokenizer" in result.output
    assert not (tmp_path / "run").exists()


def test_tokenizer_is_copied_and_kept(tmp_path):
    tokenizer, prior = finished(tmp_path / "t", "tokens"), RECIPES["prior"]
    mine = Run.start(tmp_path / "p", prior, prior.settings)
    for _ in range(2):  # the same command again
        mine.adopt_tokenizer(tokenizer.directory)
    assert (tmp_path / "p" / "tokenizer" / "model.keras").read_bytes() == b"a model"
    assert Run.open(tmp_path / "p" / "tokenizer").recipe is RECIPES["tokens"]
    finished(tmp_path / "other", "tokens", b"another one")
    with pytest.raises(ValueError, match="has a tokenizer already, other than that of"):
        mine.adopt_tokenizer(tmp_path / "other")


def test_tokenizers_that_would_not_do_are_refused(tmp_path):
    prior = RECIPES["prior"]
    mine = Run.start(tmp_path / "p", prior, prior.settings)
    finished(tmp_path / "prior", "prior")
    finished(tmp_path / "others", "others")
    Run.start(tmp_path / "begun", RECIPES["tokens"], RECIPES["tokens"].settings)
    with pytest.raises(ValueError, match="is a prior of digits: prior needs a VQ-VAE of digits"):
        mine.adopt_tokenizer(tmp_path / "prior")
    with pytest.raises(ValueError, match="is a VQ-VAE of other data"):
        mine.adopt_tokenizer(tmp_path / "others")
    with pytest.raises(FileNotFoundError, match="its training has not ended"):
        mine.adopt_tokenizer(tmp_path / "begun")
    with pytest.raises(FileNotFoundError, match="holds no recipe.json"):
        mine.adopt_tokenizer(tmp_path / "nowhere")
    assert not mine.tokenizer_directory.exists()
