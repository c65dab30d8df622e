"""The app folder of a model of text, used as somebody would who has it and nothing else."""

import json

import pytest
from apps import run_app
from text_models import LENGTH, small_language_model
from tfgen.export import to_app, to_tflite

PROMPT = "the "
ENDPOINTS = ("prefill", "decode")


def made(folder, **arguments):
    """A model, and its app folder."""
    model = small_language_model(**arguments)
    files = to_tflite(model, folder / "files", ["float32"], endpoints=ENDPOINTS)
    return model, to_app(files, folder / "app")


@pytest.fixture(scope="module")
def endless(tmp_path_factory):
    return made(tmp_path_factory.mktemp("endless"), tokenizer="subwords")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return made(tmp_path_factory.mktemp("whole"), padded=True)


def _text(model, **arguments):
    return model.tokenizer.decode(model.sample(1, 5, **arguments)[0])


def test_the_folder_is_whole(endless):
    _, folder = endless
    names = {path.name for path in folder.iterdir()}
    sites = {
        f"{name}.{suffix}" for name in ("Generator", "Tokenizer") for suffix in ("kt", "swift")
    }
    assert names == {"float32.tflite", "run.py", "tokenizer.py", "app.json", "README.md", *sites}
    app = json.loads((folder / "app.json").read_text())
    assert (app["kind"], app["tokenizer"], app["end"]) == ("text", "subwords", 260)
    readme = (folder / "README.md").read_text()
    assert "reads and writes subwords: 261 tokens, the last of which, 260, ends" in readme
    assert "`start` says how many" in readme


def test_call_sites_have_the_models_numbers(endless, whole):
    cache = 2 * 2 * 2 * LENGTH * 8  # keys and values, layers, heads, places, size
    for (_, folder), beyond in ((endless, True), (whole, False)):
        kotlin, swift = ((folder / f"Generator.{name}").read_text() for name in ("kt", "swift"))
        assert f"floats({cache})" in kotlin and f"Data(count: 4 * {cache})" in swift
        assert ('"start" to intArrayOf(start)' in kotlin) == beyond
        assert ('toInputNamed: "start"' in swift) == beyond
        assert ("A text has up to 16 tokens" in kotlin) == (not beyond)
        assert ("A text has up to 16 tokens" in swift) == (not beyond)
        assert "${tokens.size} tokens of $length" in kotlin and "$$" not in kotlin + swift
        for name in ("Tokenizer.kt", "Tokenizer.swift"):
            assert "$$" not in (folder / name).read_text()
            assert "not compiled" in (folder / name).read_text()


@pytest.mark.parametrize("length", [LENGTH, LENGTH + 11])
def test_the_runner_writes_what_sample_writes(endless, length):
    model, folder = endless
    arguments = ["--seed", 5, "--prompt", PROMPT, "--temperature", 0.7, "--length", length]
    done = run_app(folder, *arguments)
    assert done.returncode == 0, done.stderr
    expected = _text(model, prompt=PROMPT, temperature=0.7, length=length)
    assert done.stdout == expected + "\n" and len(expected) > len(PROMPT) + 3


def test_whole_texts_end_where_they_end(whole):
    model, folder = whole
    done = run_app(folder, "--seed", 5)
    assert done.stdout == _text(model) + "\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prompt", "thé ☃☃"], "--prompt: the model does not know '☃' (2x), 'é' (1x): leave"),
        (["--prompt", "the cat it's the 42 hats"], "--prompt has 24 tokens and --length is 16"),
        (["--length", "17"], "--length received 17: the model's texts have up to 16 tokens"),
        (["--temperature", "-1"], "--temperature received -1: expected at least 0"),
        (["--file", "other.tflite"], "--file received other.tflite: expected one of float32"),
    ],
)
def test_the_runner_refuses_in_one_line(whole, arguments, said):
    done = run_app(whole[1], *arguments)
    assert done.returncode == 1 and said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and done.stdout == ""


def test_files_that_cannot_write_token_by_token_are_refused(tmp_path):
    files = to_tflite(small_language_model(), tmp_path, ["float32"], endpoints="generate")
    with pytest.raises(ValueError, match=r"no other text. Export the model with endpoints=\[") as e:
        to_app(files, tmp_path / "app")
    assert "\n" not in str(e.value) and not (tmp_path / "app").exists()
