"""Where an export goes: checked before any work, and written to as a whole or not at all."""

import os
from collections.abc import Mapping
from pathlib import Path

from tfgen.files import new_parents, write_files


def writable_directory(directory: str | os.PathLike) -> Path:
    """Return `directory` as a Path; whatever of it is missing is made by whoever writes to it.

    Raises:
        ValueError: it cannot be created or written to.
    """
    directory = Path(directory)
    existing = next(path for path in (directory, *directory.absolute().parents) if path.exists())
    if not existing.is_dir():
        raise ValueError(
            f"Export received directory={str(directory)!r}: it cannot be created ({existing} is no "
            "directory). Choose another directory."
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ValueError(
            f"Export received directory={str(directory)!r}: it is not writable. "
            "Choose another directory or change its permissions."
        )
    return directory


def write_into(directory: Path, contents: Mapping[str, bytes]) -> None:
    """Write `{name: bytes}`, where names may have folders: all of them, or nothing.

    Raises:
        ValueError: a folder stands where a file is to go.
        OSError: the disk is full; all is as it was.
    """
    targets = {directory / name: content for name, content in contents.items()}
    for path in targets:
        if path.is_dir():
            raise ValueError(
                f"Export was to write {path}, where a directory is: move it away, or choose "
                "another directory."
            )
    with new_parents(*targets):
        write_files(targets)
