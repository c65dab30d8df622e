"""The numbers of each epoch in a CSV file."""

import csv
import io
import os
import pathlib
import time
from typing import Any

import keras

from tfgen.files import write_files


class HistoryFile(keras.callbacks.Callback):
    """Writes a line of numbers for each epoch to a CSV file, with the seconds that it took.

    Use it instead of keras.callbacks.CSVLogger where training resumes, or where only some epochs
    validate: lines of epochs that are trained again are replaced, and every number keeps its
    column.

    Args:
        path: the CSV file; its folder is made if need be.
    """

    def __init__(self, path: str | os.PathLike):
        super().__init__()
        self.path = pathlib.Path(path)
        self._rows: Any = None  # a list, once training has begun
        self._began = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Drop lines of epochs that lie ahead, and note the time."""
        if self._rows is None:
            self._rows = [row for row in self._read() if int(row["epoch"]) <= epoch]
        self._began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Write the line of this epoch."""
        seconds = round(time.monotonic() - self._began, 3)
        self._rows.append({"epoch": epoch + 1, "seconds": seconds, **(logs or {})})
        columns = list(dict.fromkeys(name for row in self._rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._rows)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_files({self.path: text.getvalue().encode()})

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Forget the lines: another `fit` reads them again."""
        self._rows = None

    def _read(self):
        if not self.path.is_file():
            return []
        with self.path.open(newline="") as file:
            return [{k: v for k, v in row.items() if v} for row in csv.DictReader(file)]
