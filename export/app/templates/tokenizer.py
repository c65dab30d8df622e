"""Between texts and the tokens of a model. Needs Python and nothing else.

The tokenizer travels in the model's metadata: what each token stands for, and for subwords which
pairs of tokens are joined, the first ones first.
"""

import codecs
import collections
import itertools
import unicodedata

SPACES = set("\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000")
SPACES |= {chr(point) for point in range(0x2000, 0x200B)}


class Tokenizer:
    """Reads and writes tokens, as `about`, a dict from the metadata, says."""

    def __init__(self, about):
        self.kind, self.end, self.pieces = about["tokenizer"], about["end"], about["pieces"]
        self.places = {piece: place for place, piece in enumerate(self.pieces)}
        self.ranks = {tuple(pair): rank for rank, pair in enumerate(about.get("merges", ()))}

    def encode(self, text):
        """Return the tokens of a text; ValueError names what the model does not know."""
        if unknown := self.unknown(text):
            named = ", ".join(f"{char!r} ({times}x)" for char, times in unknown.most_common(8))
            raise ValueError(f"the model does not know {named}: leave it out.")
        if self.kind == "characters":
            return [self.places[char] for char in text]
        if self.kind == "bytes":
            return list(text.encode())
        return [token for word in words(text) for token in self.joined(word.encode())]

    def unknown(self, text):
        """Count the characters that have no token."""
        if self.kind == "characters":
            return collections.Counter(char for char in text if char not in self.places)
        return collections.Counter(char for char in text if "\ud800" <= char <= "\udfff")

    def joined(self, tokens):
        """Return the tokens of a word, whose bytes are joined pair by pair."""
        tokens, never = list(tokens), len(self.ranks)
        while len(tokens) > 1:
            pairs = itertools.pairwise(tokens)
            rank, first = min((self.ranks.get(p, never), place) for place, p in enumerate(pairs))
            if rank == never:
                break
            one, other = tokens[first : first + 2]
            tokens[first : first + 2] = [self.places[self.pieces[one] + self.pieces[other]]]
        return tokens

    def decode(self, tokens):
        """Return the text of tokens, up to the one that ends it."""
        return "".join(self.stream(tokens))

    def stream(self, tokens):
        """Yield the text of tokens as they come; a character comes when all its bytes have."""
        bytes_so_far = codecs.getincrementaldecoder("utf-8")("replace")
        for token in tokens:
            if token == self.end:
                break
            piece = self.pieces[token]
            if self.kind != "characters":
                piece = bytes_so_far.decode(piece.encode("latin-1"))
            yield piece
        yield bytes_so_far.decode(b"", final=True)


def words(text):
    r"""Yield letters, numbers, white space and the rest, one before each of them a space's.

    As the regular expression ` ?[\p{L}\p{M}]+| ?\p{N}+| ?[^\s\p{L}\p{M}\p{N}]+|\s+` does.
    """
    kinds, start = [_kind(char) for char in text], 0
    while start < len(text):
        led = text[start] == " " and start + 1 < len(text) and kinds[start + 1] != "space"
        stop = start + led
        kind = kinds[stop]
        while stop < len(text) and kinds[stop] == kind:
            stop += 1
        yield text[start:stop]
        start = stop


def _kind(char):
    if char in SPACES:
        return "space"
    return {"L": "letter", "M": "letter", "N": "number"}.get(unicodedata.category(char)[0], "rest")
