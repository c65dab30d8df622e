"""A token for each character."""

import functools
from collections.abc import Iterable

import numpy as np

from tfgen.serialization import serializable
from tfgen.tokenizers.tokenizer import Tokenizer


@serializable
class Characters(Tokenizer):
    """A token for each Unicode character of the training text.

    The smallest vocabulary that reads well: for alphabets, not for thousands of signs.

    Args:
        characters: the vocabulary, none twice, in the order of the indices.

    Raises:
        ValueError: for no characters, or one that comes twice.

    Example:
        >>> tokenizer = Characters.trained(["to be", "or not"])
        >>> tokenizer.characters, tokenizer.size, tokenizer.end
        (' benort', 8, 7)
        >>> tokenizer.encode("bet").tolist(), tokenizer.decode([1, 2, 6, 7, 0])
        ([1, 2, 6], 'bet')
    """

    characters: str

    name = "characters"

    def __post_init__(self):
        twice = sorted({c for c in self.characters if self.characters.count(c) > 1})
        if twice or not self.characters:
            found = f"{twice[0]!r} more than once" if twice else "no characters"
            raise ValueError(
                f"Characters received {found}: expected each character of a vocabulary once. Make "
                "it by Characters.trained(texts)."
            )

    @classmethod
    def trained(cls, texts: Iterable[str], size: int | None = None) -> "Characters":
        """Return the tokenizer of all characters of texts; see `Tokenizer.trained`."""
        found: set[str] = set()
        for text in texts:
            found.update(text)
        return cls("".join(sorted(found)))

    @property
    def pieces(self) -> tuple[str, ...]:
        """The characters."""
        return tuple(self.characters)

    @functools.cached_property
    def _points(self):
        """Code points, in the order of the indices."""
        return _points(self.characters)

    @functools.cached_property
    def _places(self):
        """The index of each code point, or -1; the last entry is for all that lie beyond."""
        places = np.full(int(self._points.max()) + 2, -1, np.int32)
        places[self._points] = np.arange(len(self._points))
        return places

    def _looked_up(self, points):
        return self._places[np.minimum(points, len(self._places) - 1)]

    def _unknown(self, text):
        points = _points(text)
        return [chr(point) for point in points[self._looked_up(points) < 0]]

    def _encoded(self, texts):
        return self._looked_up(_points("".join(texts))), [len(text) for text in texts]

    def _joined(self, indices):
        return self._points[indices].tobytes().decode("utf-32-le", "surrogatepass")


def _points(text):
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4")
