"""Where files are to go: looked at before any work."""

import os
from pathlib import Path


def check(path: str | os.PathLike, folder: bool = False) -> None:
    """Raise `OSError` where no file could be written to `path`, or with `folder` no folder."""
    if Path(path).is_dir() and not folder:
        raise IsADirectoryError(f"--out {path} is a directory: expected a file. Add a name.")
    check_writable(path if folder and not Path(path).is_file() else Path(path).absolute().parent)


def check_writable(directory: str | os.PathLike) -> None:
    """Raise `OSError` where a directory is none, or can be neither made nor written to."""
    path = Path(directory).absolute()
    existing = next(each for each in (path, *path.parents) if each.exists())
    if not existing.is_dir():
        raise NotADirectoryError(
            f"{directory} cannot be made: {existing} is a file. Choose another directory."
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise PermissionError(
            f"{directory} cannot be written to. Choose another directory, or change its rights."
        )
