"""Files and directories that appear whole or not at all."""

import contextlib
import os
import shutil
import uuid
from pathlib import Path


@contextlib.contextmanager
def new_directory(target):
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


def write_files(contents):
    """Write `{path: bytes}`: all beside their targets first, and only then renamed in."""
    temporaries = {Path(path): _sibling(path) for path in contents}
    try:
        for path, content in contents.items():
            temporaries[Path(path)].write_bytes(content)
        for path, temporary in temporaries.items():
            os.replace(temporary, path)
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)


def _sibling(path):
    path = Path(path)
    return path.with_name(f".{path.name}.{uuid.uuid4().hex}.incomplete")
