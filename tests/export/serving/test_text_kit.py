"""The kit of a language model: its clients write the texts that the model writes."""

import subprocess
import sys

import pytest
from model_server import Model, serving
from text_models import LENGTH, small_language_model
from tfgen.export import serving_kit, to_saved_model

NAME = "small-text"


@pytest.fixture(scope="module")
def model():
    return small_language_model("subwords")


@pytest.fixture(scope="module")
def version(model, tmp_path_factory):
    return to_saved_model(model, tmp_path_factory.mktemp("saved") / NAME)


@pytest.fixture(scope="module")
def kit(version, tmp_path_factory):
    return serving_kit(version, tmp_path_factory.mktemp("text_kit"), NAME)


def run(kit, kind, *arguments):
    command = [sys.executable, kit / f"{kind}_client.py", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_clients_write_what_sample_writes(model, kit, version, tmp_path):
    tokens = model.sample(33, 3, prompt="the ", temperature=0.5)
    expected = [model.tokenizer.decode(row) for row in tokens]
    with serving(Model(version, NAME)) as addresses:
        for kind in ("rest", "grpc"):
            arguments = ["--count", 33, "--seed", 3, "--prompt", "the ", "--temperature", 0.5]
            out = ["--address", addresses[kind], "--out", tmp_path / kind]
            done = run(kit, kind, *arguments, *out)
            assert done.returncode == 0, done.stderr
            sheet = (tmp_path / kind / "samples.txt").read_text(encoding="utf-8")
            assert sheet == model.kind.samples(tokens) + "\n" and expected[0].strip() in sheet


@pytest.mark.parametrize(
    ("prompt", "said"),
    [("the cat " * 9, f"tokens, and texts {LENGTH} in all: shorten it"), ("\udcff", "not know")],
)
def test_a_prompt_that_does_not_fit_is_refused_in_one_line(kit, prompt, said, tmp_path):
    done = run(kit, "rest", "--prompt", prompt, "--out", tmp_path / "out")
    assert done.returncode == 1 and said in done.stderr
    assert len(done.stderr.splitlines()) == 1 and not (tmp_path / "out").exists()


def test_the_kit_has_a_tokenizer(kit):
    names = {path.name for path in kit.iterdir()}
    assert {"texts.py", "tokenizer.py", "tokenizer.json"} <= names
