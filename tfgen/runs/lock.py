"""A directory that one process at a time works in."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from tfgen.files import new_parents

try:
    import fcntl
except ImportError:  # not on this system: nothing is locked
    fcntl = None

_NAME = ".lock"


@contextlib.contextmanager
def locked(directory: str | os.PathLike, doing: str) -> Iterator[None]:
    """Hold `directory`, made if need be, for the block; no other process can hold it meanwhile.

    The lock is one of the operating system's on a hidden file, and dies with the process. What was
    made for it goes again if the block leaves the directory empty.

    Args:
        directory: what to hold.
        doing: what the block does there, for the message that others get, such as "trains".

    Raises:
        BlockingIOError: if another process holds it; the message says which.
    """
    path = Path(directory) / _NAME
    with new_parents(path), contextlib.ExitStack() as stack:
        descriptor = _held(path)
        stack.callback(os.close, descriptor)
        stack.callback(path.unlink, missing_ok=True)  # before it is closed: still ours
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()} {doing}\n".encode())
        yield


def check_free(directory: str | os.PathLike) -> None:
    """Raise `BlockingIOError` if another process holds `directory`; nothing is written."""
    path = Path(directory) / _NAME
    if fcntl is None or not path.is_file():
        return
    with path.open("rb") as file:
        _lock(file.fileno(), path)


def _held(path):
    """Return the descriptor of the file, locked; one that was removed meanwhile is made anew."""
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock(descriptor, path)
            if path.exists() and os.path.samestat(os.stat(path), os.fstat(descriptor)):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor, path):
    if fcntl is None:
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        process, _, doing = path.read_text(errors="replace").strip().partition(" ")
        raise BlockingIOError(
            f"{path.parent} is taken: process {process or 'unknown'} {doing or 'works'} there. "
            "Wait until it ends, or choose another directory for --out."
        ) from None
    except OSError:  # a file system without locks
        return
