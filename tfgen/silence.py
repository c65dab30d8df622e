"""Hides what TensorFlow and its C++ libraries write straight to the terminal."""

import contextlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def silenced(verbose: bool = False) -> Iterator[None]:
    """Send file descriptors 1 and 2 to a temporary file inside the block, unless `verbose`.

    Exceptions carry the converter's errors, so nothing of use is lost.
    """
    if verbose:
        yield
        return
    _flush()
    saved = {descriptor: os.dup(descriptor) for descriptor in (1, 2)}
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with tempfile.TemporaryFile() as sink:
            for descriptor in saved:
                os.dup2(sink.fileno(), descriptor)
            try:
                yield
            finally:
                _flush()
                for descriptor, original in saved.items():
                    os.dup2(original, descriptor)
    finally:
        logger.setLevel(level)
        for original in saved.values():
            os.close(original)


def _flush():
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, OSError, ValueError):
            stream.flush()
