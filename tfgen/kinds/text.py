"""Texts."""

import os
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tfgen.files import write_files
from tfgen.kinds.kind import Kind
from tfgen.serialization import serializable


@serializable
class Text(Kind):
    """Texts: strings, or rows of indices into a vocabulary.

    A sheet is a string, an example a line; line breaks within an example are written as spaces.

    Args:
        vocabulary: the piece of text of each index; empty for examples that are strings.

    Example:
        >>> kind = Text(("a", "b", ""))
        >>> print(kind.samples([[0, 1, 1], [1, 2, 2]]))
        abb
        b
    """

    vocabulary: tuple[str, ...] = ()

    name = "text"
    plural = "texts"
    suffix = ".txt"
    sheet_size = 20

    def texts(self, examples: Iterable) -> list[str]:
        """Return the examples as strings."""
        if not self.vocabulary:
            return [x.decode() if isinstance(x, bytes) else str(x) for x in examples]
        return ["".join(self.vocabulary[i] for i in row) for row in np.asarray(examples)]

    def samples(self, examples: Any, columns: int | None = None) -> Any:
        """Return the texts, a line each."""
        return "\n".join(" ".join(text.splitlines()) for text in self.texts(examples))

    def pairs(self, originals: Any, reconstructed: Any) -> Any:
        """Return each text, and below it what was made of it."""
        both = zip(self.texts(originals), self.texts(reconstructed), strict=True)
        return "\n".join(f"{original}\n  {remade}" for original, remade in both)

    def walks(self, examples: Any, row_names: Sequence[str], column_names: Sequence[str]) -> Any:
        """Return a paragraph for each walk, a line for each step."""
        parts = []
        for row, walk in zip(row_names, examples, strict=True):
            steps = zip(column_names, self.texts(walk), strict=True)
            parts.append("\n".join([row, *(f"  {name}  {text}" for name, text in steps)]))
        return "\n\n".join(parts)

    def write(self, sheet: Any, path: str | os.PathLike) -> None:
        """Write the sheet as UTF-8."""
        self.check_path(path)
        path = pathlib.Path(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_files({path: f"{sheet}\n".encode()})

    def log(self, sheet: Any, name: str, step: int) -> None:
        """Write the sheet to TensorFlow's default summary writer, as Markdown's plain text."""
        tf.summary.text(name, "\n".join(f"    {line}" for line in sheet.splitlines()), step=step)
