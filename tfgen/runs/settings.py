"""Settings of a run, from what a person asks for."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any

from tfgen.recipes import Recipe, Settings

LARGEST_SEED = 2**31 - 1
STRATEGIES = ("default", "mirrored", "multiworker")
_FIELDS = {field.name for field in dataclasses.fields(Settings)} - {"options"}


def changed(
    recipe: Recipe, changes: Mapping[str, Any], assignments: Iterable[str] = ()
) -> Settings:
    """Return the recipe's settings with changes, checked.

    Args:
        recipe: whose settings.
        changes: values by name, of fields of `Settings` and of the recipe's options alike; those
            that are None change nothing.
        assignments: texts "NAME=VALUE" that change options.

    Raises:
        ValueError: for a name that the recipe does not declare, a value of another type or out of
            range, and for a name that is given twice.

    Example:
        >>> from tfgen.recipes import Recipe
        >>> toy = Settings(epochs=1, batch_size=8, options={"width": 16})
        >>> recipe = Recipe("toy", "VAE", "1 s", "", toy, None, None, None)
        >>> changed(recipe, {"epochs": 2, "seed": None}, ["width=32"])["width"]
        32
    """
    changes = {name: value for name, value in changes.items() if value is not None}
    for name, value in map(_parted, assignments):
        if name in _FIELDS:
            raise ValueError(
                f"--set {name}={value} was given: that has an option of its own. Use "
                f"{option(name)} {value}."
            )
        if name in changes:
            raise ValueError(f"{name} was given twice: {changes[name]} and {value}. Give one.")
        changes[name] = value
    settings = recipe.settings.changed(changes)
    check(settings)
    return settings


def check(settings: Settings) -> None:
    """Raise `ValueError` for values that no recipe can be trained with."""
    checked_seed(settings.seed)
    for name in ("epochs", "batch_size", "steps_per_epoch"):
        value = getattr(settings, name)
        if not (value is None and name == "steps_per_epoch") and not _is_count(value):
            raise _refused(name, value, "a whole number of at least 1")
    if settings.strategy not in STRATEGIES:
        raise _refused("strategy", settings.strategy, f"one of {', '.join(STRATEGIES)}")
    if not (_is_number(settings.holdout) and 0.0 < settings.holdout < 1.0):
        raise _refused("holdout", settings.holdout, "a share above 0 and below 1, such as 0.1")
    for name in ("learning_rate", "latent_dim"):
        value = settings.options.get(name, 1)
        if not (_is_number(value) and 0 < value < math.inf):
            raise _refused(name, value, "a finite number above 0")


def checked_seed(seed: int) -> int:
    """Return the seed; `ValueError` where another would give the same numbers, or none."""
    whole = isinstance(seed, int) and not isinstance(seed, bool)
    if not whole or not 0 <= seed <= LARGEST_SEED:
        raise _refused("seed", seed, f"a whole number from 0 to {LARGEST_SEED}")
    return seed


def option(name: str) -> str:
    """Return what the command line calls a setting.

    Example:
        >>> option("batch_size")
        '--batch-size'
    """
    own = {"learning_rate", "latent_dim", "from"} | _FIELDS
    return "--" + name.replace("_", "-") if name in own else f"--set {name}="


def _parted(assignment):
    name, equals, value = assignment.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise ValueError(
            f"--set received {assignment!r}: expected NAME=VALUE, such as learning_rate=0.001."
        )
    return name.strip().replace("-", "_"), value.strip()


def _is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _refused(name, value, expected):
    return ValueError(f"{option(name)} received {value!r}: expected {expected}.")
