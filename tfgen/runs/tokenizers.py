"""Recipes that build upon another: its run is trained first, or adopted."""

import dataclasses
import filecmp
import json
import os
from collections.abc import Callable
from typing import Any

from tfgen import recipes
from tfgen.files import new_parents, write_files
from tfgen.recipes import Recipe, Settings
from tfgen.runs import description
from tfgen.runs.directory import Run
from tfgen.runs.trained import open_trained


def inherited(recipe: Recipe, settings: Settings, given: str | os.PathLike | None) -> Settings:
    """Return the settings, those that the recipe inherits taken from a given tokenizer's.

    What was asked for otherwise than in the recipe stays as it was asked for.
    """
    if given is None or not recipe.inherits:
        return settings
    found = open_trained(given).settings
    mine, theirs, usual = (_flat(each) for each in (settings, found, recipe.settings))
    changes = {
        name: theirs[name]
        for name in recipe.inherits
        if mine[name] == usual[name] and theirs.get(name) is not None
    }
    return settings.changed(changes)


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
        _check_fits(open_trained(given), given, recipe, settings)
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
    first = recipes.get(str(run.recipe.tokenizer))
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
        model = open_trained(given or run.tokenizer_directory).load()
    needed = "encode_latents" if run.recipe.inherits else "encode_indices"
    if not callable(getattr(model, needed, None)):
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
    theirs = open_trained(given)
    if theirs.run is not None:
        told = (theirs.run.directory / "recipe.json").read_bytes()
    else:  # a preset
        if theirs.recipe is None or theirs.settings is None:
            raise ValueError(f"{given} does not say by which recipe it was trained.")
        told = json.dumps(description.described(theirs.recipe, theirs.settings), indent=2).encode()
    contents = {
        directory / "recipe.json": told,
        directory / "model.keras": theirs.path.read_bytes(),
    }
    with new_parents(*contents):
        write_files(contents)


def _settings(first, settings):
    """The tokenizer's own settings, on the data and devices of the run that needs it."""
    shared = ("steps_per_epoch", "seed", "strategy", "mixed_precision", "data", "size", "holdout")
    return dataclasses.replace(first.settings, **{n: getattr(settings, n) for n in shared})


def _check_fits(theirs, given, recipe, settings):
    family = recipes.get(recipe.tokenizer).family
    if theirs.recipe is None:
        raise ValueError(
            f"--tokenizer {given} does not say how it was trained: expected a run or a preset, "
            f"such as {recipe.tokenizer} trains."
        )
    found = _data_name(theirs.settings.data), theirs.recipe.family
    # Of a recipe that takes any autoencoder, the model will say whether it fits.
    if found != (_data_name(settings.data), found[1] if recipe.inherits else family):
        raise ValueError(
            f"--tokenizer {given} is a {theirs.recipe.family} of "
            f"{theirs.settings.data}: {recipe.name} needs a {family} of {settings.data}, as "
            f"{recipe.tokenizer} trains."
        )


def _data_name(data):
    path = os.path.abspath(os.path.expanduser(str(data)))
    return path if os.path.exists(path) else data


def _check_same(run, given):
    mine = run.tokenizer_directory / "model.keras"
    if mine.is_file() and not filecmp.cmp(mine, open_trained(given).path, shallow=False):
        raise ValueError(
            f"{run.directory} has a tokenizer already, other than that of {given}. Leave "
            "--tokenizer out to go on with it, or choose another directory for --out."
        )


def _flat(settings):
    """All settings by name, fields and options alike."""
    plain = {field.name: getattr(settings, field.name) for field in dataclasses.fields(settings)}
    return {**plain, **plain.pop("options")}
