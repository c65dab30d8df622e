"""What is said while a model trains."""

import sys
import time

import keras

from tfgen.progress import Bar, duration


class Epochs(keras.callbacks.Callback):
    """Says a line at the end of each epoch and, on a terminal, shows a bar with the time left.

    Args:
        epochs: of the whole training.
        steps: of an epoch.
        first_epoch: where this training begins.
    """

    def __init__(self, epochs, steps, first_epoch=0):
        super().__init__()
        self.epochs, self.steps, self.first_epoch = epochs, steps, first_epoch
        self._began = self._epoch_began = 0.0
        self._bar = None

    def on_train_begin(self, logs=None):
        """Start the clock."""
        self._began = time.monotonic()

    def on_epoch_begin(self, epoch, logs=None):
        """Start the bar of this epoch."""
        self._epoch_began = time.monotonic()
        label = f"Epoch {epoch + 1}/{self.epochs}"
        self._bar = Bar(label, self.steps, sys.stdout, after=0.0)

    def on_train_batch_end(self, batch, logs=None):
        """Move the bar."""
        done = (self.params.get("steps") and batch + 1) or 0
        self._bar.to(done, f"  {_said(logs, 1)}" if logs else "")

    def on_epoch_end(self, epoch, logs=None):
        """Say what the epoch came to."""
        self._bar.close()
        now = time.monotonic()
        each = (now - self._began) / (epoch + 1 - self.first_epoch)
        left = each * (self.epochs - epoch - 1)
        print(
            f"Epoch {epoch + 1}/{self.epochs} - {duration(now - self._epoch_began)} - "
            f"{_said(logs or {})} - {duration(left)} left",
            flush=True,
        )


def _said(logs, most=None):
    found = [f"{name}: {float(value):.4g}" for name, value in logs.items()]
    return " - ".join(found[:most])
