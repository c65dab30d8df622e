"""Tokens for frequent stretches of bytes: byte-level byte-pair encoding."""

import functools
import json
from collections.abc import Iterable
from typing import Any

import numpy as np

from tfgen.serialization import serializable
from tfgen.tokenizers.octets import BYTES
from tfgen.tokenizers.tokenizer import Tokenizer, surrogates

# Where words begin and end: no piece crosses these borders.
PATTERN = r" ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+"
_SIZE = 1024
_LEAST = len(BYTES) + 1  # the bytes and the end token


@serializable
class Subwords(Tokenizer):
    """Byte-pair encoding: all bytes, and the stretches of bytes that are frequent within words.

    Knows every text. To train and to encode needs Hugging Face's `tokenizers`
    (`pip install "tfgen[text]"`); to decode needs nothing.

    Args:
        merges: pairs of indices, in the order in which they are joined to new pieces. Indices below
            256 are bytes; each new piece has the next index.

    Raises:
        ValueError: for merges of pieces that are not there yet.

    Example:
        >>> tokenizer = Subwords(((ord("t"), ord("h")), (256, ord("e"))))
        >>> tokenizer.pieces[256:], tokenizer.end
        (('th', 'the'), 258)
        >>> tokenizer.encode("then").tolist(), tokenizer.decode([257, 110, 258])
        ([257, 110], 'then')

    Reference: Sennrich et al. 2016, arXiv 1508.07909.
    """

    merges: tuple[tuple[int, int], ...] = ()

    name = "subwords"

    def __post_init__(self):
        self.pieces  # noqa: B018 - which checks the merges

    @classmethod
    def trained(cls, texts: Iterable[str], size: int | None = None) -> "Subwords":
        """Return the tokenizer of at most `size` tokens (default 1,024) that texts suggest.

        Raises:
            ValueError: for a size that is no integer from 257 to 65,536.
            ModuleNotFoundError: without `tokenizers`.

        Example:
            >>> Subwords.trained(["the cat", "the hat"], size=260).pieces[256:]
            ('at', 'he', 'the')
        """
        size = _SIZE if size is None else size
        if not isinstance(size, int) or isinstance(size, bool) or not _LEAST <= size <= 2**16:
            raise ValueError(
                f"Subwords received size={size!r}: expected an integer from {_LEAST} (256 bytes "
                "and the end token) to 65536. Choose 1024, say."
            )
        library = _library()
        encoder = _encoder(library, library.models.BPE())
        trainer = library.trainers.BpeTrainer(
            vocab_size=size - 1,
            min_frequency=2,
            show_progress=False,
            initial_alphabet=library.pre_tokenizers.ByteLevel.alphabet(),
        )
        encoder.train_from_iterator(texts, trainer)
        merges = json.loads(encoder.to_str())["model"]["merges"]
        return cls(_as_indices(merges))

    @functools.cached_property
    def _pieces(self):
        return _pieces(self.merges)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The bytes, and what they are joined to."""
        return self._pieces

    @functools.cached_property
    def _encode(self):
        """The library's encoder with these merges."""
        library = _library()
        signs = str.maketrans({chr(byte): sign for byte, sign in enumerate(_signs())})
        pieces = [piece.translate(signs) for piece in self.pieces]
        return _encoder(
            library,
            library.models.BPE(
                vocab={piece: index for index, piece in enumerate(pieces)},
                merges=[(pieces[one], pieces[other]) for one, other in self.merges],
            ),
        )

    def about(self) -> dict[str, Any]:
        """Return the tokenizer as plain JSON; `pattern` says where words begin and end."""
        return {**super().about(), "merges": list(map(list, self.merges)), "pattern": PATTERN}

    def __deepcopy__(self, memo):
        return self  # a value; the library's encoder need not be copied

    def _unknown(self, text):
        return surrogates(text)

    def _encoded(self, texts):
        found = self._encode.encode_batch_fast([*texts], add_special_tokens=False)
        parts = [np.asarray(each.ids, np.int32) for each in found]
        return np.concatenate([np.zeros(0, np.int32), *parts]), [len(part) for part in parts]

    def _joined(self, indices):
        joined = "".join(self.pieces[index] for index in indices)
        return joined.encode("latin-1").decode("utf-8", "replace")


def _pieces(merges):
    pieces, places = list(BYTES), {piece: index for index, piece in enumerate(BYTES)}
    for one, other in merges:
        if not (0 <= one < len(pieces) and 0 <= other < len(pieces)):
            raise ValueError(
                f"Subwords received the merge ({one}, {other}) when it has {len(pieces)} pieces: "
                "expected indices of pieces before it. Make it by Subwords.trained(texts)."
            )
        if (piece := pieces[one] + pieces[other]) not in places:
            places[piece] = len(pieces)
            pieces.append(piece)
    return tuple(pieces)


def _as_indices(merges):
    """Return merges in the library's signs as pairs of indices."""
    bytes_of = str.maketrans({sign: chr(byte) for byte, sign in enumerate(_signs())})
    pairs = [tuple(sign.translate(bytes_of) for sign in pair) for pair in merges]
    places, found = {piece: index for index, piece in enumerate(BYTES)}, []
    for one, other in pairs:
        found.append((places[one], places[other]))
        places.setdefault(one + other, len(places))
    return tuple(found)


@functools.cache
def _signs():
    """The sign by which the library writes each byte: itself if it can be seen, else a spare one.

    The spare ones follow 255, in the order of the bytes.
    """
    alphabet = _library().pre_tokenizers.ByteLevel.alphabet()
    seen = [chr(byte) in alphabet for byte in range(256)]
    spare = iter(range(256, 512))
    return tuple(chr(byte if seen[byte] else next(spare)) for byte in range(256))


def _encoder(library, model):
    encoder = library.Tokenizer(model)
    split = library.pre_tokenizers.Split(library.Regex(PATTERN), "isolated")
    as_bytes = library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    encoder.pre_tokenizer = library.pre_tokenizers.Sequence([split, as_bytes])
    return encoder


def _library():
    try:
        import tokenizers
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "Subwords needs the package tokenizers, which is not installed: "
            'pip install "tfgen[text]", or use characters or bytes.'
        ) from error
    return tokenizers
