"""Small trained generators that come with the package: NAME.keras, and NAME.json about it.

Nothing here imports TensorFlow, so that listing them is quick.
"""

import difflib
import hashlib
import json
import pathlib
from typing import Any

__all__ = ["about", "is_preset", "names", "path"]

FOLDER = pathlib.Path(__file__).parent


def names() -> list[str]:
    """Return the names of all presets, sorted.

    Example:
        >>> "mnist-conv-vae" in names()
        True
    """
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def is_preset(name: str) -> bool:
    """Whether there is a preset of that name."""
    return name in names()


def about(name: str) -> dict[str, Any]:
    """Return what is known of a preset: recipe, settings, numbers, versions and licence.

    Raises:
        ValueError: for an unknown name, or a file that is damaged.
    """
    _check(name)
    file = FOLDER / f"{name}.json"
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise ValueError(_damaged(name, file)) from None


def path(name: str) -> pathlib.Path:
    """Return the `.keras` file of a preset, whose content was compared with its hash.

    Raises:
        ValueError: for an unknown name, with the nearest, or a damaged file.
    """
    expected, file = about(name).get("sha256"), FOLDER / f"{name}.keras"
    if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != expected:
        raise ValueError(_damaged(name, file))
    return file


def _check(name):
    if not is_preset(name):
        nearest = difflib.get_close_matches(name, names(), n=1, cutoff=0.4)
        hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
        raise ValueError(
            f"Unknown preset {name!r}: expected one of {', '.join(names()) or '(none)'}.{hint}"
        )


def _damaged(name, file):
    return (
        f"The preset {name} is damaged: {file} is not what came with the package. Install tfgen "
        "again."
    )
