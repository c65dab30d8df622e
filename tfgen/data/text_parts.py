"""Texts as they are encoded: one stream in pieces, or lines and paragraphs one by one."""

import itertools
import re

from tfgen.data import holdout
from tfgen.data.text_files import CHUNK

END = None  # between the pieces of a stream: a document ends
DOCUMENTS = ("stream", "lines", "paragraphs")
_BREAK = re.compile(r"\n(?=\S)")
_TEXTS = 4_096  # that are encoded at a time


class StreamParts:
    """All documents as one stream of characters, of which the last share is held out.

    Args:
        corpus: see `Corpus`.
        share: of the characters to hold out, where the corpus has no test split.
    """

    def __init__(self, corpus, share):
        self.corpus = corpus
        whole = {split: _length(self._whole(split)) for split in corpus.splits}
        self.characters = sum(whole.values())
        self.borders = {split: (split, 0, count) for split, count in whole.items()}
        if "test" not in whole:
            cut = int(whole["train"] * (1 - share))
            self.borders = {"train": ("train", 0, cut), "test": ("train", cut, whole["train"])}

    def training(self):
        """Yield the training text in pieces."""
        return (piece for piece in self._part("train") if piece is not END)

    def batches(self, split):
        """Yield lists of pieces, `END` alone where a document ends."""
        return ([piece] for piece in _at_breaks(self._part(split)))

    def _part(self, split):
        split, start, stop = self.borders[split]
        return _between(self._whole(split), start, stop)

    def _whole(self, split):
        for document in self.corpus.splits[split]():
            yield from document
            if self.corpus.several:
                yield END


class TextParts:
    """Lines or paragraphs, of which some are held out by what they contain.

    Args:
        corpus: see `Corpus`.
        share: of the texts to hold out, where the corpus has no test split.
        documents: "lines" or "paragraphs".
    """

    def __init__(self, corpus, share, documents):
        self.corpus, self._cut = corpus, {"lines": lines, "paragraphs": paragraphs}[documents]
        self.characters, self._border = 0, None
        low, high, count = 2**64, -1, 0
        for split in corpus.splits:
            for text in self._texts(split):
                self.characters += len(text)
                count += 1
                digest = 0 if "test" in corpus.splits else holdout.digest(text.encode())
                low, high = min(low, digest), max(high, digest)
        self.count = count
        if count and "test" not in corpus.splits:
            self._border = holdout.border(low, high, count, share, corpus.name)

    def training(self):
        """Yield the texts to train on."""
        return self._of("train")

    def batches(self, split):
        """Yield lists of texts."""
        texts = self._of(split)
        while batch := list(itertools.islice(texts, _TEXTS)):
            yield batch

    def _of(self, split):
        if self._border is None:
            yield from self._texts(split)
            return
        for text in self._texts("train"):
            if (holdout.digest(text.encode()) < self._border) == (split == "test"):
                yield text

    def _texts(self, split):
        for document in self.corpus.splits[split]():
            yield from self._cut(document)


def lines(pieces):
    r"""Yield the lines of a text that are not blank, without spaces at their ends.

    Example:
        >>> list(lines(["One li", "ne. \n\n  An", "other.\n"]))
        ['One line.', '  Another.']
    """
    return (line for line in _lines(pieces) if line)


def paragraphs(pieces):
    r"""Yield what stands between blank lines.

    Example:
        >>> list(paragraphs(["One\nhere.\n\n\nAnother."]))
        ['One\nhere.', 'Another.']
    """
    found = []
    for line in _lines(pieces):
        if line:
            found.append(line)
        elif found:
            yield "\n".join(found)
            found = []
    if found:
        yield "\n".join(found)


def _lines(pieces):
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from (line.rstrip() for line in whole)
    yield rest.rstrip()


def _length(pieces):
    return sum(len(piece) for piece in pieces if piece is not END)


def _between(pieces, start, stop):
    """Yield what of a stream lies between two places, in characters; ends of documents with it."""
    place = 0
    for piece in pieces:
        if piece is END:
            if start < place <= stop:
                yield END
            continue
        part = piece[max(0, start - place) : max(0, stop - place)]
        place += len(piece)
        if part:
            yield part


def _at_breaks(pieces):
    """Yield the same stream in pieces that end with a line, so that words are whole."""
    rest = ""
    for piece in pieces:
        if piece is END:
            yield from ([rest] if rest else [])
            yield END
            rest = ""
            continue
        rest += piece
        cut = _last_break(rest)
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
    if rest:
        yield rest


def _last_break(text):
    """The place behind the last line break before what is no space; 0 to wait for one."""
    for start in range(max(0, len(text) - 4_096), -1, -4_096):
        if found := [*_BREAK.finditer(text, start, start + 4_097)]:
            return found[-1].end()
    return len(text) if len(text) >= CHUNK else 0
