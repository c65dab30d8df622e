"""A token for each byte of UTF-8."""

from collections.abc import Iterable

import numpy as np

from tfgen.serialization import serializable
from tfgen.tokenizers.tokenizer import Tokenizer, surrogates

BYTES = tuple(chr(value) for value in range(256))  # as latin-1 text


@serializable
class Bytes(Tokenizer):
    r"""A token for each byte of UTF-8: knows every text, with one to four tokens a character.

    Example:
        >>> Bytes().encode("né").tolist(), Bytes().end
        ([110, 195, 169], 256)
        >>> Bytes().decode([195, 169, 195, 256])
        'é\ufffd'
    """

    name = "bytes"

    @classmethod
    def trained(cls, texts: Iterable[str] = (), size: int | None = None) -> "Bytes":
        """Return the tokenizer, which is the same for all texts."""
        return cls()

    @property
    def pieces(self) -> tuple[str, ...]:
        """The 256 bytes."""
        return BYTES

    def _unknown(self, text):
        return surrogates(text)

    def _encoded(self, texts):
        parts = [text.encode() for text in texts]
        return np.frombuffer(b"".join(parts), np.uint8).astype(np.int32), [len(p) for p in parts]

    def _joined(self, indices):
        return indices.astype(np.uint8).tobytes().decode("utf-8", "replace")
