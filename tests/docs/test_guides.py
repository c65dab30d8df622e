"""Guides and README run: every block of Python in order, every command as far as its options."""

import re
import shlex
from pathlib import Path

import click
import pytest

from tfgen import recipes
from tfgen.cli import main

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guides").glob("*.md"))
RUN = [ROOT / "README.md", *GUIDES, ROOT / "docs" / "contributing_example.md"]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text, language):
    """Return the fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.M | re.S)


def commands(text):
    """Return the words of each `tfgen` command in blocks of `sh`, without `tfgen` itself."""
    lines = "".join(blocks(text, "sh")).replace("\\\n", " ").splitlines()
    found = [shlex.split(line, comments=True) for line in lines]
    return [words[1:] for words in found if words[:1] == ["tfgen"]]


@pytest.mark.parametrize("path", RUN, ids=lambda path: path.stem)
def test_a_guide_runs(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": path.stem}
    for i, block in enumerate(blocks(path.read_text(), "python")):
        exec(compile(block, f"{path.name}, block {i}", "exec"), names)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_commands_exist(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for words in commands(path.read_text()):
        parse(words)


def parse(words):
    """Let click read a command line, options and all, without running it."""
    with main.make_context("tfgen", list(words)) as context:
        name, command, rest = main.resolve_command(
            context, [*context._protected_args, *context.args]
        )
        with command.make_context(name, rest, parent=context) as made:
            if name == "train":
                assert made.params["recipe"] in recipes.names(), made.params["recipe"]


def test_a_command_that_is_gone_is_noticed():
    for wrong in (["trian", "x"], ["train", "digits-vae", "--oot", "x"], ["train", "digits-vae"]):
        with pytest.raises(click.UsageError):
            parse(wrong)
    with pytest.raises(AssertionError):
        parse(["train", "no-such-recipe", "--out", "x"])


def test_there_are_guides_for_what_people_do_first():
    assert {path.stem for path in GUIDES} == {
        "own_data", "own_network", "own_loss_term", "own_likelihood", "resume",
        "several_devices", "ship", "text",
    }  # fmt: skip
