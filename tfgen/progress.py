"""A bar with the time left, wherever there is something to wait for."""

import sys
import time

import keras

_PATIENCE = 3.0  # seconds that one waits without a word


class Progress:
    """Shows how far a loop is: on a terminal, and once it has lasted a few seconds.

    Args:
        count: how many times `add` will be called, or None if that is unknown.
        verbose: "auto", as above; 1, at once and anywhere; 0, never.
        unit: what is counted.
    """

    def __init__(self, count, verbose="auto", unit="batch"):
        self._bar = keras.utils.Progbar(count, verbose=1, unit_name=unit)
        self._shows = verbose if verbose != "auto" else sys.stdout.isatty()
        self._from = time.monotonic() + (_PATIENCE if verbose == "auto" else 0.0)
        self._count, self._done = count, 0

    def add(self, values=()):
        """Count one more; `values` are pairs (name, number) to show beside the bar."""
        self._done += 1
        shown = self._bar._last_update > 0
        if self._shows and (shown or time.monotonic() >= self._from):
            self._bar.update(self._done, values)
