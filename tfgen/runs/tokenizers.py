"""Recipes that build upon another: its run is trained first, or adopted."""

import dataclasses
import filecmp
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfgen import recipes
from tfgen.files import new_parents, write_files
from tfgen.runs.directory import Run
from tfgen.runs.trained import open_trained


def check(run: Run, given: str | os.PathLike | None) -> None:
    """Raise `ValueError` for a tokenizer that is not needed, does not fit, or could not be trained.

    Raises:
        FileNotFoundError: where `given` holds no run, or one whose training has not ended.
    """
    recipe, settings = run.recipe, run.settings
    if given is not None:
        if recipe.tokenizer is None:
            raise ValueError(
                f"--tokenizer {given} was given: {recipe.name} needs none. Leave it out."
            )
        _check_fits(Run.open(given), recipe, settings)
        _check_same(run, given)
    # A process can meet the other workers for one training only.
    elif recipe.tokenizer and settings.strategy == "multiworker":
        raise ValueError(
            f"{recipe.name} with --strategy multiworker needs a tokenizer that is trained: train "
            f"{recipe.tokenizer} into a directory of its own, and pass that as --tokenizer."
        )


def prepare(
    run: Run, data_dir: str | None, say: Callable[[str], Any], train: Callable[..., Run]
) -> None:
    """Train what the recipe builds upon, where that is not done."""
    first = recipes.get(run.recipe.tokenizer)
    if not Run(run.tokenizer_directory, first, run.settings).trained:
        say(f"First its tokenizer, {first.name}:")
        train(first, _settings(first, run.settings), run.tokenizer_directory,
              data_dir=data_dir, say=say)  # fmt: skip


def loaded(run: Run, given: str | os.PathLike | None, begin_from: str | os.PathLike | None) -> list:
    """Return the model that the recipe builds upon, in a list; none for most recipes.

    Raises:
        ValueError: where it is damaged or no tokenizer.
    """
    if run.recipe.tokenizer is None:
        return []
    if given is None and begin_from is not None and not run.tokenizer_directory.is_dir():
        model = open_trained(begin_from).load()
        model = getattr(model, "autoencoder", model)
    else:
        model = Run.open(given or run.tokenizer_directory).load()
    if not callable(getattr(model, "encode_latents", None)):
        raise ValueError(
            f"{given or begin_from or run.tokenizer_directory} holds a {type(model).__name__}: "
            "expected a model whose latents a prior can learn, such as a VQVAE. Train "
            f"{run.recipe.tokenizer} into a directory of its own, and pass that as --tokenizer."
        )
    return [model]


def adopt(run: Run, given: str | os.PathLike | None) -> None:
    """Copy the tokenizer's run in `given` to where this one's run looks for it."""
    directory = run.tokenizer_directory
    if given is None or (directory / "model.keras").is_file():
        return
    names = ("recipe.json", "model.keras")
    contents = {directory / name: (Path(given) / name).read_bytes() for name in names}
    with new_parents(*contents):
        write_files(contents)


def _settings(first, settings):
    """The tokenizer's own settings, on the data and devices of the run that needs it."""
    shared = ("steps_per_epoch", "seed", "strategy", "mixed_precision", "data", "size", "holdout")
    return dataclasses.replace(first.settings, **{n: getattr(settings, n) for n in shared})


def _check_fits(theirs, recipe, settings):
    family = recipes.get(recipe.tokenizer).family
    name = _data_name(settings.data)
    if (_data_name(theirs.settings.data), theirs.recipe.family) != (name, family):
        raise ValueError(
            f"--tokenizer {theirs.directory} is a {theirs.recipe.family} of "
            f"{theirs.settings.data}: {recipe.name} needs a {family} of {settings.data}, as "
            f"{recipe.tokenizer} trains."
        )
    theirs.check_trained()


def _data_name(data):
    path = os.path.abspath(os.path.expanduser(str(data)))
    return path if os.path.exists(path) else data


def _check_same(run, given):
    mine = run.tokenizer_directory / "model.keras"
    if mine.is_file() and not filecmp.cmp(mine, Path(given) / "model.keras", shallow=False):
        raise ValueError(
            f"{run.directory} has a tokenizer already, other than that of {given}. Leave "
            "--tokenizer out to go on with it, or choose another directory for --out."
        )
