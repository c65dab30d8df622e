"""Walks from one text to another, in files."""

import keras
import pytest
from click.testing import CliRunner
from models import small_vae

import tfgen
from tfgen import cli, networks, runs, tokenizers

AB = tokenizers.Characters("ab")


@pytest.fixture(scope="module")
def model():
    keras.utils.set_random_seed(3)
    encoder = networks.gru_text_encoder(3, 4, 4, width=8, end=AB.end)
    decoder = networks.gru_text_decoder(3, 4, latent_dim=2, width=8)
    for weight in decoder.trainable_weights:
        weight.assign(3 * weight)
    return tfgen.TextVAE(encoder, decoder, AB, 2)


def test_a_walk_goes_from_one_text_to_the_other(model, tmp_path):
    runs.traverse(model, tmp_path / "walk.txt", between=[("ab", "bbba"), ("a", "b")])
    first, second = (tmp_path / "walk.txt").read_text().rstrip("\n").split("\n\n")
    steps = [line[2:].partition("  ") for line in first.split("\n")[1:]]
    assert [name for name, _, _ in steps] == [f"{i / 10:.1f}" for i in range(11)]
    expected = model.interpolate("ab", "bbba", 11)
    assert [text for _, _, text in steps] == expected
    assert [expected[0], expected[-1]] == model.texts(model.reconstruct(["ab", "bbba"]))
    assert second.startswith("2\n")


def test_random_ones_where_none_are_named(model, tmp_path):
    runs.traverse(model, tmp_path / "a.txt", count=2)
    runs.traverse(model, tmp_path / "b.txt", count=2, along="arcs")
    assert (tmp_path / "a.txt").read_text() == (tmp_path / "b.txt").read_text()
    assert (tmp_path / "a.txt").read_text().count("  0.5  ") == 2
    runs.traverse(model, tmp_path / "units.txt", along="units")
    assert "z1\n" in (tmp_path / "units.txt").read_text()


def test_what_does_not_suit_is_refused_in_one_line(model, tmp_path):
    wrong = [
        (small_vae(), {"between": [("a", "b")]}, "a model of texts", "walk.png"),
        (model, {"between": [("a", "b")], "along": "units"}, "expected one of them", "walk.txt"),
        (model, {"between": [("axe", "b")]}, "'e'", "walk.txt"),
        (model, {"between": [("a", "babab")]}, "5 tokens", "walk.txt"),
        (model, {}, "ends in .txt", "walk.png"),
    ]
    for walked, options, said, name in wrong:
        with pytest.raises(ValueError, match=said) as caught:
            runs.traverse(walked, tmp_path / name, **options)
        assert "\n" not in str(caught.value)
        assert not (tmp_path / name).exists()


def test_the_command_takes_pairs(model, tmp_path):
    model.save(tmp_path / "model.keras")
    words = ["traverse", tmp_path / "model.keras", "--out", tmp_path / "walk.txt"]
    result = CliRunner().invoke(cli.main, [*map(str, words), "--between", "ab", "bbba"])
    assert result.exit_code == 0, result.output
    steps = (tmp_path / "walk.txt").read_text().splitlines()[1:]
    assert [step[7:] for step in steps] == model.interpolate("ab", "bbba", 11)
