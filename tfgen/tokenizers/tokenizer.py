"""What every tokenizer offers."""

import abc
import collections
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike
from typing_extensions import Self

_NAMED = 8  # unknown characters that an error names


class Tokenizer(abc.ABC):
    """Between text and indices. A subclass is a `serializable` value in a file of its own.

    Attributes:
        name: "characters", "bytes" or "subwords", by which it is asked for.
        size: of the vocabulary, the end token included.
        end: the last index, size - 1: it ends a text, and fills a row behind it.
    """

    name: ClassVar[str]

    @property
    @abc.abstractmethod
    def pieces(self) -> tuple[str, ...]:
        """What each index below `end` stands for; byte strings are written as latin-1 text."""

    @classmethod
    @abc.abstractmethod
    def trained(cls, texts: Iterable[str], size: int | None = None) -> Self:
        """Return the tokenizer of training texts.

        Args:
            texts: strings, of any length; read once.
            size: of the vocabulary, for subwords only.
        """

    @abc.abstractmethod
    def _unknown(self, text: str) -> list[str]:
        """Return the characters of the text that cannot be encoded, as often as they occur."""

    @abc.abstractmethod
    def _encoded(self, texts: Sequence[str]) -> tuple[np.ndarray, list[int]]:
        """Return what `encode_each` does, of texts of known characters."""

    @abc.abstractmethod
    def _joined(self, indices: np.ndarray) -> str:
        """Return the text of indices below `end`."""

    @property
    def size(self) -> int:
        """Number of tokens, the end token included."""
        return len(self.pieces) + 1

    @property
    def end(self) -> int:
        """The token that ends a text."""
        return len(self.pieces)

    def encode(self, text: str) -> np.ndarray:
        """Return the indices of a text, int32 `[tokens]`, with no end token.

        Raises:
            ValueError: for characters it does not know, which are named and counted.
        """
        return self.encode_each([text])[0]

    def encode_each(self, texts: Sequence[str]) -> tuple[np.ndarray, list[int]]:
        """Return the indices of many texts, one behind the other, and how many are of each.

        Raises:
            ValueError: as `encode` does.

        Example:
            >>> from tfgen.tokenizers import Characters
            >>> Characters("ab").encode_each(["ab", "", "b"])
            (array([0, 1, 1], dtype=int32), [2, 0, 1])
        """
        if unknown := self._unknown("".join(texts)):
            raise ValueError(
                f"{type(self).__name__} cannot encode {named(collections.Counter(unknown))}: "
                "expected characters of the text it was made from. Leave them out, or train with "
                "the tokenizer 'bytes', which knows all."
            )
        return self._encoded(texts)

    def decode(self, indices: ArrayLike) -> str:
        """Return the text of indices `[tokens]` up to the first end token.

        Bytes that are no UTF-8 become U+FFFD.

        Raises:
            ValueError: for indices outside the vocabulary.
        """
        indices = np.asarray(indices, np.int64).reshape(-1)
        stops = np.flatnonzero(indices == self.end)
        indices = indices[: stops[0]] if len(stops) else indices
        if len(indices) and not (indices.min() >= 0 and indices.max() < self.end):
            wrong = indices[(indices < 0) | (indices > self.end)][0]
            raise ValueError(
                f"{type(self).__name__}.decode received the index {wrong}: expected 0 to "
                f"{self.end}. Do the indices come from a model with another tokenizer?"
            )
        return self._joined(indices)

    def known(self, text: str) -> tuple[str, dict[str, int]]:
        """Return the text without what cannot be encoded, and how often each such character came.

        Example:
            >>> from tfgen.tokenizers import Characters
            >>> Characters("ab").known("a-b-")
            ('ab', {'-': 2})
        """
        unknown = collections.Counter(self._unknown(text))
        if unknown:
            text = text.translate(dict.fromkeys(map(ord, unknown)))
        return text, dict(unknown)

    def about(self) -> dict[str, Any]:
        """Return the tokenizer as plain JSON, from which any language can encode and decode."""
        return {"tokenizer": self.name, "end": self.end, "pieces": list(self.pieces)}


def named(counts: dict[str, int]) -> str:
    """Return characters and how often they come in words, the most frequent first.

    Example:
        >>> named({"a": 1, "é": 2})
        "'é' (2 times), 'a' (once)"
    """
    most = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    parts = [f"{char!r} ({'once' if n == 1 else f'{n:,} times'})" for char, n in most[:_NAMED]]
    more = len(most) - _NAMED
    return ", ".join(parts) + (f" and {more:,} more" if more > 0 else "")


def surrogates(text: str) -> list[str]:
    """Return what of a text is half a character, and so has no UTF-8: lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return [char for char in text if "\ud800" <= char <= "\udfff"]
    return []
