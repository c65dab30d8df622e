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

_RULE = "\n" + "-" * 40 + "\n"  # between texts of several lines


@serializable
class Text(Kind):
    """Texts: rows of tokens, or strings.

    A sheet is a string: a line for each text, or, where texts have line breaks of their own, texts
    with a rule between them.

    Args:
        tokenizer: a `tfgen.tokenizers.Tokenizer` that reads the rows; None for examples that are
            strings.

    Example:
        >>> from tfgen.tokenizers import Characters
        >>> kind = Text(Characters("ab"))
        >>> print(kind.samples([[0, 1, 1], [1, 2, 2]]))
        abb
        b
    """

    tokenizer: Any = None

    name = "text"
    plural = "texts"
    suffix = ".txt"
    sheet_size = 20

    def texts(self, examples: Iterable) -> list[str]:
        """Return the examples as strings, each up to its end token."""
        if self.tokenizer is None:
            return [x.decode() if isinstance(x, bytes) else str(x) for x in examples]
        return [self.tokenizer.decode(row) for row in np.asarray(examples)]

    def described(self, shape: tuple[int, ...]) -> str:
        """Return the length of texts in words.

        Example:
            >>> from tfgen.tokenizers import Bytes
            >>> Text(Bytes()).described((64,)), Text().described(())
            ('texts of up to 64 bytes', 'texts')
        """
        if self.tokenizer is None:
            return self.plural
        return f"texts of up to {shape[0]} {self.tokenizer.name}"

    def to_unit(self, examples: Any) -> np.ndarray:
        """Return examples as judges take them: an array of strings `[count]`."""
        return np.asarray(self.texts(examples), object)

    def samples(self, examples: Any, columns: int | None = None) -> Any:
        """Return the texts, a line each, or with rules between them."""
        texts = [text.strip("\n") for text in self.texts(examples)]
        return (_RULE if any("\n" in text for text in texts) else "\n").join(texts)

    def single(self, example: Any) -> Any:
        """Return one text as it is."""
        return self.texts([example])[0]

    def pairs(self, originals: Any, reconstructed: Any) -> Any:
        """Return each text, and below it what was made of it."""
        both = zip(self._lines(originals), self._lines(reconstructed), strict=True)
        return "\n".join(f"{original}\n  {remade}" for original, remade in both)

    def walks(self, examples: Any, row_names: Sequence[str], column_names: Sequence[str]) -> Any:
        """Return a paragraph for each walk, a line for each step."""
        parts = []
        for row, walk in zip(row_names, examples, strict=True):
            steps = zip(column_names, self._lines(walk), strict=True)
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

    def about(self) -> dict[str, Any]:
        """Return the kind as plain JSON, with what reads and writes its tokens."""
        return {"kind": self.name, **({} if self.tokenizer is None else self.tokenizer.about())}

    def _lines(self, examples):
        """Texts with their line breaks as spaces."""
        return [" ".join(text.splitlines()) for text in self.texts(examples)]
