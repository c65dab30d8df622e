"""What a terminal shows while something takes its time, and output that outlives its reader."""

import contextlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

_WIDTH = 24  # of a bar
_OFTEN = 0.1  # seconds between two changes of a bar
_PATIENCE = 3.0  # seconds that one waits without a word


class Bar:
    """A line that shows how much is done and the time left.

    Args:
        label: what is being done.
        total: how many units that is; None or 0 if it is unknown, and nothing shown.
        stream: where to; `sys.stderr` by default.
        after: seconds to wait before it shows: what is quick needs no bar.
        verbose: "auto" for terminals only; 1 for anywhere and at once; 0 for never.
    """

    def __init__(
        self,
        label: str,
        total: int | None,
        stream: Any = None,
        after: float = _PATIENCE,
        verbose: int | str = "auto",
    ):
        self.label, self.total, self.after = label, total or 0, 0.0 if verbose == 1 else after
        self._stream = sys.stderr if stream is None else stream
        self._began = self._drawn = time.monotonic()
        terminal = self._stream is not None and self._stream.isatty()
        self._seen = terminal if verbose == "auto" else bool(verbose)
        self._width = 0

    def to(self, done: int, said: str = "") -> None:
        """Show that so many units are done, and a few words."""
        now = time.monotonic()
        waits = now - self._began < self.after or now - self._drawn < _OFTEN
        if not self._seen or (waits and done < self.total) or not self.total:
            return
        if now - self._began < self.after:
            return
        self._drawn = now
        full = int(_WIDTH * done / self.total)
        left = (now - self._began) / max(done, 1) * (self.total - done)
        bar = "#" * full + "." * (_WIDTH - full)
        self._draw(f"{self.label} [{bar}] {done:,}/{self.total:,}  {duration(left)} left{said}")

    def close(self) -> None:
        """Wipe the line."""
        if self._width:
            self._draw("")
            self._stream.write("\r")
            self._stream.flush()

    def _draw(self, text):
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)


def shown(parts: Iterable, label: str, total: int) -> Iterator:
    """Yield the parts, each counted by its length, under a bar; see `Bar`."""
    bar, done = Bar(label, total), 0
    try:
        for part in parts:
            done += len(part)
            bar.to(done)
            yield part
    finally:
        bar.close()


def duration(seconds: float) -> str:
    """Return a time in words.

    Example:
        >>> duration(7.2), duration(133), duration(7260)
        ('7 s', '2:13 min', '2:01 h')
    """
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


@contextlib.contextmanager
def lasting_output() -> Iterator[None]:
    """Let the block go on where nobody reads its output any more: a closed pipe, a full disk."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_Lasting(stream) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


class _Lasting:
    """A text stream whose failures end what is written, not who writes."""

    def __init__(self, stream):
        self._stream = stream

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"a text stream received {type(text).__name__}: expected str")
        if self._stream is not None:
            try:
                return self._stream.write(text)
            except UnicodeEncodeError:  # of a terminal that knows ASCII only
                return self._stream.write(text.encode("ascii", "replace").decode())
            except (OSError, ValueError):
                self._end()
        return len(text)

    def flush(self):
        if self._stream is not None:
            try:
                self._stream.flush()
            except (OSError, ValueError):
                self._end()

    def isatty(self):
        return self._stream is not None and self._stream.isatty()

    def __getattr__(self, name):
        return getattr(self._stream, name)

    def _end(self):
        """Point the descriptor nowhere: Python flushes what is left when it ends."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)
        self._stream = None


def open_descriptors() -> None:
    """Open to nowhere what of input, output and errors is closed: other files would take its place.

    Python has `None` for these streams then, which neither Keras nor TensorFlow expects.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115 - for as long as we run
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115
