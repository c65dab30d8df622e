"""Files and directories that appear whole or not at all."""

import contextlib
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path


@contextlib.contextmanager
def new_directory(target: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary sibling of `target` that is renamed to `target` when the block succeeds.

    Its name starts with a dot and is no integer, so that TF Serving never loads it half-written.
    """
    temporary = _sibling(target)
    temporary.mkdir()
    try:
        yield temporary
        os.rename(temporary, target)  # refuses to replace a directory that is not empty
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def new_file(target: str | os.PathLike) -> Iterator[Path]:
    """Yield a path beside `target`, of the same suffix, that replaces it when the block succeeds.

    Whatever happens in the block, `target` is what it was before, or whole.
    """
    temporary = _sibling(target)
    try:
        yield temporary
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write `{path: bytes}`: all beside their targets first, and only then renamed in."""
    with contextlib.ExitStack() as stack:
        temporaries = {path: stack.enter_context(new_file(path)) for path in contents}
        for path, temporary in temporaries.items():
            temporary.write_bytes(contents[path])


def _sibling(path):
    path = Path(path)
    return path.with_name(f".incomplete-{uuid.uuid4().hex}-{path.name}")
