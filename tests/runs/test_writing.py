"""Texts in files and on the terminal."""

import functools

import keras
import pytest
from models import small_vae

import tfgen
from tfgen import networks, runs
from tfgen.tokenizers import Characters


@functools.cache
def writer():
    """An untrained model that writes 8 letters."""
    keras.utils.set_random_seed(0)
    network = networks.language_transformer(4, 8, width=8, depth=1, heads=2)
    network.outputs_layer.bias.assign([0.0, 0.0, 0.0, -9.0])  # no ends
    return tfgen.LanguageModel(network, Characters("abc"))


ORDER = {"prompt": "ab", "temperature": 0.7, "top_k": 2, "top_p": 0.9, "length": 12}


@pytest.mark.parametrize("order", [{}, ORDER], ids=["plain", "ordered"])
def test_the_terminal_shows_what_a_file_holds(order, tmp_path):
    said = []
    runs.tell(writer(), said.append, count=2, seed=3, **order)
    runs.sample(writer(), tmp_path / "texts.txt", count=2, seed=3, **order)
    lines = [line for line in "".join(said).splitlines() if not line.startswith("-")]
    assert (tmp_path / "texts.txt").read_text().split() == lines
    assert [len(line) for line in lines] == [order.get("length", 8)] * 2
    assert all(line.startswith(order.get("prompt", "")) for line in lines)


def test_many_texts_are_the_same_in_parts(monkeypatch, tmp_path):
    runs.sample(writer(), tmp_path / "whole.txt", count=5, seed=1, **ORDER)
    monkeypatch.setattr("tfgen.runs.draw._BATCH", 2)
    runs.sample(writer(), tmp_path / "parts.txt", count=5, seed=1, **ORDER)
    assert (tmp_path / "whole.txt").read_text() == (tmp_path / "parts.txt").read_text()


@functools.cache
def vae():
    """An untrained one that writes 6 letters."""
    keras.utils.set_random_seed(0)
    encoder = networks.gru_text_encoder(4, 6, outputs=4, width=8, end=3)
    decoder = networks.gru_text_decoder(4, 6, latent_dim=2, width=8)
    return tfgen.TextVAE(encoder, decoder, Characters("abc"), latent_dim=2)


def test_a_text_vae_draws_as_it_is_asked_to(tmp_path, monkeypatch):
    monkeypatch.setattr("tfgen.runs.draw._BATCH", 2)
    for order in ({"temperature": 0.0}, {"temperature": 2.0, "top_k": 2}):
        runs.sample(vae(), tmp_path / "texts.txt", count=5, seed=1, **order)
        expected = vae().texts(vae().sample(5, 1, **order))
        assert (tmp_path / "texts.txt").read_text().rstrip("\n") == "\n".join(expected).rstrip("\n")
    with pytest.raises(ValueError, match="--prompt is for language models"):
        runs.sample(vae(), tmp_path / "x.txt", prompt="ab")
    with pytest.raises(ValueError, match="temperature=-1"):
        runs.sample(vae(), tmp_path / "x.txt", temperature=-1.0)


@pytest.mark.parametrize(("name", "whose"), [("prompt", "language models"), ("top_k", "models of")])
def test_settings_of_texts_are_refused_by_other_models(name, whose, tmp_path):
    with pytest.raises(ValueError, match=f"--{name.replace('_', '-')} is for {whose}"):
        runs.sample(small_vae(), tmp_path / "x.png", **{name: ORDER[name]})
    assert [*tmp_path.iterdir()] == []


def test_images_do_not_come_on_the_terminal():
    with pytest.raises(ValueError, match=r"--out is missing: images are written to files.*\.png"):
        runs.tell(small_vae(), print)


def test_characters_that_a_prompt_may_not_have_are_named(tmp_path):
    with pytest.raises(ValueError, match="'x' .once."):
        runs.sample(writer(), tmp_path / "x.txt", prompt="abx")
