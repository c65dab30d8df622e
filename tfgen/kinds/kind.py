"""What every kind of example offers."""

import dataclasses
import os
import pathlib
from collections.abc import Sequence
from typing import Any, ClassVar, cast

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import plots


class Kind:
    """What examples are to a person. A subclass is a `serializable` value in a file of its own.

    A *sheet* is what a person looks at, listens to or reads: for images and points a picture or a
    matplotlib Figure. `samples`, `pairs` and `walks` make one, `write` and `log` put it somewhere.

    Attributes:
        name: "image", "points", ...
        plural: what an endpoint calls its output of this kind.
        suffix: of the files that hold a sheet.
        sheet_size: how many samples make a good sheet.
        value_range: of images, (black, white); None for other kinds.
    """

    name: ClassVar[str]
    plural: ClassVar[str]
    suffix: ClassVar[str] = ".png"
    sheet_size: ClassVar[int] = 64
    value_range: Any = None

    def samples(self, examples: ArrayLike, columns: int | None = None) -> Any:
        """Return the sheet of many examples `[count, ...]`, in rows of `columns` if it has any."""
        raise self._missing("samples")

    def single(self, example: ArrayLike) -> Any:
        """Return the sheet of one example `[...]`, as it is: for a file of its own."""
        return self.samples(np.asarray(example)[None])

    def pairs(self, originals: ArrayLike, reconstructed: ArrayLike) -> Any:
        """Return the sheet of examples beside what a model made of them."""
        raise self._missing("pairs")

    def walks(
        self, examples: ArrayLike, row_names: Sequence[str], column_names: Sequence[str]
    ) -> Any:
        """Return the sheet of walks through a latent space, `[rows, columns, ...]`."""
        raise self._missing("walks")

    def described(self, shape: tuple) -> str:
        """Return in words what examples of the shape are, such as "28x28 grey images"."""
        return f"{self.plural} of shape {tuple(shape)}"

    def to_unit(self, examples: ArrayLike) -> np.ndarray:
        """Return examples as judges take them: float32, images in [0, 1]."""
        return np.asarray(examples, np.float32)

    def write(self, sheet: Any, path: str | os.PathLike) -> None:
        """Write a sheet to a file, whole or not at all; parent folders are made.

        Raises:
            ValueError: for a path with another suffix.
            OSError: where the file can't be written.
        """
        self.check_path(path)
        plots.save(sheet, path)

    def log(self, sheet: Any, name: str, step: int) -> None:
        """Write a sheet to TensorFlow's default summary writer."""
        tf.summary.image(name, tf.io.decode_png(plots.png(sheet))[None], step=step)

    def check_path(self, path: str | os.PathLike) -> None:
        """Raise `ValueError` for a file whose suffix is not that of a sheet."""
        if pathlib.Path(path).suffix.lower() != self.suffix:
            raise ValueError(
                f"{path} was to hold {self.plural}: expected a file that ends in {self.suffix}."
            )

    def about(self) -> dict:
        """Return the kind as plain JSON, by which exported files say what they give."""
        return {"kind": self.name, **dataclasses.asdict(cast(Any, self))}

    def _missing(self, method):
        return NotImplementedError(
            f"{type(self).__name__} defines no {method}: see tfgen.kinds.Kind for what it returns."
        )
