"""One runnable experiment a file: data, networks, model, settings and the expected result.

A recipe's module defines `RECIPE`; its file name is the recipe's name with `_` for `-`. Nothing
here imports TensorFlow until a recipe is built, so that listing recipes is quick.
"""

import difflib
import importlib
import pkgutil

from tfgen.recipes.recipe import Recipe, Settings

__all__ = ["Recipe", "Settings", "get", "names"]


def names() -> list[str]:
    """Return the names of all recipes, sorted."""
    files = {m.name for m in pkgutil.iter_modules(__path__) if not m.ispkg} - {"recipe"}
    return sorted(name.replace("_", "-") for name in files)


def get(name: str) -> Recipe:
    """Return the recipe of that name.

    Raises:
        ValueError: for an unknown name; the message suggests the nearest one.

    Example:
        >>> get("digits-vae").data
        'digits'
    """
    if name not in names():
        nearest = difflib.get_close_matches(name, names(), n=1, cutoff=0.0)[0]
        raise ValueError(
            f"Unknown recipe {name!r}: expected one of {', '.join(names())}. "
            f"Did you mean {nearest!r}?"
        )
    return importlib.import_module(f"tfgen.recipes.{name.replace('-', '_')}").RECIPE
