"""recipe.json: what a run was asked to be, in a file."""

import dataclasses
import importlib.metadata
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tfgen import recipes
from tfgen.files import write_files
from tfgen.recipes import Recipe, Settings
from tfgen.runs.settings import check

_PACKAGES = ("tfgen", "tensorflow", "keras", "tensorflow-probability", "numpy")
_FIELDS = [field.name for field in dataclasses.fields(Settings)]


def versions() -> dict[str, str]:
    """Return the versions of all that decides the numbers of a run."""
    return {package: importlib.metadata.version(package) for package in _PACKAGES}


def described(recipe: Recipe, settings: Settings) -> dict[str, Any]:
    """Return recipe, settings and versions as JSON."""
    plain = {name: getattr(settings, name) for name in _FIELDS}
    plain["options"] = dict(settings.options)
    return {"recipe": recipe.name, "settings": plain, "versions": versions()}


def read(path: str | os.PathLike) -> tuple[Recipe, Settings, dict[str, Any]]:
    """Return recipe, settings and all the rest that a description says.

    Raises:
        ValueError: for a file that can't be read, or that is no description.
    """
    path = Path(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        recipe = recipes.get(found["recipe"])
        return recipe, settings_of(recipe, found["settings"]), found
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise _damaged(path, repr(error)) from None
    except ValueError as error:  # an unknown recipe, a setting out of range
        raise _damaged(path, str(error)) from None


def write_json(path: str | os.PathLike, content: Mapping[str, Any]) -> None:
    """Write `content` as JSON to `path`, which is never half there."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_files({path: (json.dumps(content, indent=2) + "\n").encode()})


def settings_of(recipe: Recipe, stored: Mapping[str, Any]) -> Settings:
    """Return stored settings; what an earlier version did not know stands as in the recipe."""
    if unknown := set(stored) - set(_FIELDS):
        raise ValueError(f"it has the unknown settings {', '.join(sorted(unknown))}")
    options = {**recipe.settings.options, **stored.get("options", {})}
    if unknown := set(options) - set(recipe.settings.options):
        raise ValueError(f"{recipe.name} declares no {', '.join(sorted(unknown))}")
    size = stored.get("size", recipe.settings.size)
    settings = dataclasses.replace(
        recipe.settings, **{**stored, "options": options, "size": size and tuple(size)}
    )
    check(settings)
    return settings


def _damaged(path, why):
    return ValueError(
        f"{path} is not what `tfgen train` wrote ({why.rstrip('.')}): it must name a recipe and "
        "its settings. Train again into a new directory."
    )
