"""Files and directories that appear whole or not at all."""

import contextlib
import os
import shutil
import signal
import threading
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path


@contextlib.contextmanager
def new_directory(target: str | os.PathLike) -> Iterator[Path]:
    """Yield a temporary sibling of `target` that is renamed to `target` when the block succeeds.

    Its name starts with a dot and is no integer, so that TF Serving never loads it half-written.
    """
    temporary = _sibling(target)
    try:
        with _naming(target):
            temporary.mkdir()
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
        with _naming(target):
            yield temporary
            os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_files(contents: Mapping[Path, bytes]) -> None:
    """Write `{path: bytes}`: all beside their targets first, and only then renamed in."""
    temporaries = {path: _sibling(path) for path in contents}
    try:
        for path, temporary in temporaries.items():
            with _naming(path):
                temporary.write_bytes(contents[path])
        with _interrupts_waiting():
            for path, temporary in temporaries.items():
                os.replace(temporary, path)
    finally:
        for temporary in temporaries.values():
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def new_parents(*paths):
    """Make the folders in which `paths` are to lie; those it made go again if the block fails."""
    folders = {folder for path in paths for folder in Path(path).parents}
    missing = sorted(folder for folder in folders if not folder.exists())
    try:
        for folder in missing:
            folder.mkdir(exist_ok=True)
        yield
    except BaseException:
        for folder in reversed(missing):
            with contextlib.suppress(OSError):  # of those that are not empty
                folder.rmdir()
        raise


@contextlib.contextmanager
def _naming(target):
    """Name `target` in errors of the block, which would not say what could not be written."""
    try:
        yield
    except OSError as error:
        if error.errno is None or ".incomplete-" not in str(error.filename or ".incomplete-"):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(target)) from error


@contextlib.contextmanager
def _interrupts_waiting():
    """Let Ctrl-C wait for the end of the block, which is short and must not be half done."""
    if threading.current_thread() is not threading.main_thread():
        yield  # no signals come here
        return
    came = []
    before = signal.signal(signal.SIGINT, lambda *event: came.append(event))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before or signal.SIG_DFL)
        if came:
            signal.raise_signal(signal.SIGINT)


def _sibling(path):
    path = Path(path)
    return path.with_name(f".incomplete-{uuid.uuid4().hex}-{path.name}")
