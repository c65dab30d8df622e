"""Texts as a source: windows of a stream, or lines and paragraphs as rows."""

import collections
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from tfgen import kinds
from tfgen.data import holdout as holding_out
from tfgen.data.batches import batches_of
from tfgen.data.collection import check_split, look_of
from tfgen.data.source import Source
from tfgen.data.spec import Spec
from tfgen.data.text_corpora import corpus_of
from tfgen.data.text_parts import END, StreamParts, TextParts
from tfgen.data.text_words import check_numbers, described, fitting, remarks
from tfgen.data.tokens import Rows, Store, Windows, dtype_for
from tfgen.tokenizers import Tokenizer, class_named

_SPLITS = ("train", "test")
_TO_LEARN_PIECES = 2**26  # characters from which subwords are made


class TextSource(Source):
    """Texts, encoded: batches are rows of tokens, int32 `[batch, length]`.

    Args:
        parts: `StreamParts` or `TextParts`.
        tokenizer: whose tokens these are.
        documents: "stream", "lines" or "paragraphs".
        length: tokens of a window or row.

    Attributes:
        tokenizer: see above.
        documents: see above.
        padded: whether rows are filled with end tokens, which do not count.
        characters: in the whole text.
        several: number of documents in a stream, 0 for one.
        longest: tokens of the longest line or paragraph, 0 for a stream.
        cut: how many are longer than a row.
        unknown: `{split: {character: count}}` of what the vocabulary lacks.
    """

    def __init__(
        self, parts: StreamParts | TextParts, tokenizer: Tokenizer, documents: str, length: int
    ):
        corpus = parts.corpus
        self.name, self.tokenizer, self.documents = corpus.name, tokenizer, documents
        self.padded, self.characters = documents != "stream", parts.characters
        self.several = sum(corpus.counts.values()) if corpus.several else 0
        self.unknown: dict = {split: collections.Counter() for split in _SPLITS}
        self.longest = self.cut = 0
        self._rows = {split: self._encoded(parts, split, length) for split in _SPLITS}
        counts = {split: rows.count for split, rows in self._rows.items()}
        self._kind = kinds.Text(tokenizer)
        self.spec = Spec(self._kind, (length,), counts=counts)
        fitting(self)
        self.notes = (*corpus.notes, *remarks(self))

    def batches(
        self,
        split: str,
        *,
        batch_size: int,
        seed: int = 0,
        first_epoch: int = 0,
        labels: bool = False,
        shuffle: bool | None = None,
        drop_remainder: bool = False,
        **of_its_kind: Any,
    ) -> Any:
        """Return batches, int32 `[batch, length]`; see `Source.batches`.

        Of a stream, an epoch to train on has windows at random places, as many as lie side by side
        in it; the test has these. Texts that are longer than a row are cut.
        """
        check_split(self.name, split, self._rows)
        return batches_of(
            self._rows[split],
            look_of(self.spec.kind, of_its_kind),
            batch_size=batch_size,
            seed=seed,
            first_epoch=first_epoch,
            labels=labels,
            shuffle=split == "train" if shuffle is None else shuffle,
            drop_remainder=drop_remainder,
        )

    def tokens(self, split: str) -> np.ndarray:
        """Return all tokens of a split, one text behind the other: `[tokens]`, not in memory."""
        check_split(self.name, split, self._rows)
        return self._rows[split].tokens

    def stream(self, split: str = "test") -> np.ndarray:
        """Return the whole stream of a split, int32 `[tokens]`, in memory.

        Raises:
            ValueError: where texts are lines or paragraphs.
        """
        if self.padded:
            raise ValueError(
                f"{self.name} is opened as {self.documents}: expected a stream. Open it with "
                "documents='stream'."
            )
        return np.asarray(self.tokens(split), np.int32)

    def stops(self, split: str) -> np.ndarray | None:
        """Return where in `tokens(split)` each text ends, int64 `[texts]`; None for a stream."""
        return self._rows[split].stops if self.padded else None

    def texts(self, split: str, count: int | None = None) -> list[str]:
        """Return texts as strings: all windows or rows of a split, or so many from all over it."""
        check_split(self.name, split, self._rows)
        rows = self._rows[split]
        many = rows.count if count is None else min(count, rows.count)
        places = np.linspace(0, rows.count - 1, many).astype(np.int64)
        return self._kind.texts(rows.rows(places))

    def text(self, split: str, at_most: int | None = None) -> str:
        """Return a split as one string, of so many tokens at most; lines stand on lines."""
        tokens, end = self.tokens(split)[:at_most], self.tokenizer.end
        stops = self.stops(split)
        if stops is None:
            stops = np.flatnonzero(tokens == end)
        parts = np.split(tokens, stops[: np.searchsorted(stops, len(tokens), "right")])
        texts = [self.tokenizer.decode(part[part != end]) for part in parts]
        return "\n".join(text for text in texts if text)

    def describe(self) -> str:
        """Return one line that says what was found."""
        return described(self)

    def _encoded(self, parts, split, length):
        """The tokens of a split, in a file: `Windows` or `Rows`."""
        tokenizer = self.tokenizer
        tokens, stops, total = Store(dtype_for(tokenizer.size)), Store(np.int64), 0
        for texts in parts.batches(split):
            if texts == [END]:
                tokens.append([tokenizer.end])
                continue
            found, lengths = self._of_known(texts, split)
            tokens.append(found)
            if self.padded:
                stops.append(total + np.cumsum(lengths))
                total += len(found)
                self.longest = max(self.longest, *lengths)
                self.cut += sum(each > length for each in lengths)
        if self.padded:
            return Rows(tokens.read(), stops.read(), length, tokenizer.end)
        return Windows(tokens.read(), length)

    def _of_known(self, texts, split):
        """Encode texts without what the vocabulary lacks, which is counted."""
        try:
            return self.tokenizer.encode_each(texts)
        except ValueError:
            known = [self.tokenizer.known(text) for text in texts]
            for _, unknown in known:
                self.unknown[split].update(unknown)
            return self.tokenizer.encode_each([text for text, _ in known])


def open_text(
    data: str | os.PathLike | Sequence[str],
    *,
    tokenizer: str | Tokenizer = "characters",
    vocabulary: int = 1024,
    documents: str = "stream",
    length: int = 256,
    holdout: float = 0.1,
    data_dir: str | os.PathLike | None = None,
) -> TextSource:
    """Return the source of the texts that `data` names, encoded and ready to train on.

    The vocabulary is made from training text only; held-out characters that it lacks are left out,
    counted, and named in the notes. Tokens lie in a temporary file, in TMPDIR: memory does not grow
    with the text.

    Where the data have no test set, the last share of a stream is held out, and of lines and
    paragraphs those that a hash of their content chooses, so that copies stay together.

    Args:
        data: the path of a UTF-8 file, or of a folder of them, each file a document; the name of a
            text data set of TensorFlow Datasets, such as "tiny_shakespeare", whose validation and
            test splits, in this order, are held out; or a list of strings, each a document.
        tokenizer: "characters", "bytes", "subwords", or a `tfgen.tokenizers.Tokenizer`, such as
            that of a trained model.
        vocabulary: tokens of "subwords", at least 257.
        documents: "stream": all is one stream, cut into windows, in which documents, where there
            are several, end with an end token; "lines" or "paragraphs": each is a text, a row of
            its own, filled with end tokens.
        length: tokens of a window or row, at least 1.
        holdout: share of the text that is held out, above 0 and below 1.
        data_dir: folder of the TFDS data sets, see `tfgen.data.images`.

    Raises:
        ValueError: for anything that cannot be trained on, in one line that names it.
        FileNotFoundError: for what is not there.

    Example:
        >>> source = open_text(["to be or not to be"] * 5, length=8)
        >>> source.describe()  # doctest: +NORMALIZE_WHITESPACE
        'found: 90 characters in one stream of 5 documents, 7 different characters, 85 to train, 10
        held out'
        >>> source.batches("train", batch_size=4).element_spec.shape
        TensorShape([None, 8])
        >>> source.texts("test")
        ['not to b']
    """
    check_numbers(documents, length)
    holding_out.check_share(holdout, "open_text")
    kind = tokenizer if isinstance(tokenizer, Tokenizer) else class_named(tokenizer)
    corpus = corpus_of(data, data_dir)
    if documents == "stream":
        parts: Any = StreamParts(corpus, holdout)
    else:
        parts = TextParts(corpus, holdout, documents)
    if not parts.characters:
        raise ValueError(f"{corpus.name} is empty: expected text. Choose another file.")
    if not isinstance(kind, Tokenizer):
        kind = kind.trained(_beginning(parts.training(), kind.name), size=vocabulary)
    return TextSource(parts, kind, documents, length)


def text(
    data: str | os.PathLike | Sequence[str],
    split: str = "train",
    *,
    batch_size: int,
    tokenizer: str | Tokenizer = "characters",
    vocabulary: int = 1024,
    documents: str = "stream",
    length: int = 256,
    holdout: float = 0.1,
    shuffle: bool | None = None,
    seed: int = 0,
    first_epoch: int = 0,
    data_dir: str | os.PathLike | None = None,
    drop_remainder: bool = False,
) -> Any:
    """Return batches of tokens of a text, each pass over the dataset being one epoch.

    `open_text` and `batches` in one, for a model whose tokenizer is at hand: `tokenizer=
    model.tokenizer`. For a new model, use these two: `source.tokenizer` is what it needs.

    Args:
        data: see `open_text`, as for what is not explained here.
        split: "train" or "test".
        batch_size: rows in a batch, at least 1; over all replicas together.
        tokenizer: see `open_text`.
        vocabulary: see `open_text`.
        documents: see `open_text`.
        length: see `open_text`.
        holdout: see `open_text`.
        shuffle: default True for "train", False for "test".
        seed: from 0 to 2**31 - 1.
        first_epoch: epoch of the first pass, at least 0.
        data_dir: see `open_text`.
        drop_remainder: whether to leave out a last, smaller batch.

    Returns:
        tf.data.Dataset, finite: int32 `[batch, length]`.

    Example:
        >>> train = text(["to be or not to be"] * 5, batch_size=2, length=8)
        >>> int(train.cardinality())
        5
    """
    source = open_text(
        data,
        tokenizer=tokenizer,
        vocabulary=vocabulary,
        documents=documents,
        length=length,
        holdout=holdout,
        data_dir=data_dir,
    )
    return source.batches(
        split,
        batch_size=batch_size,
        seed=seed,
        first_epoch=first_epoch,
        shuffle=shuffle,
        drop_remainder=drop_remainder,
    )


def _beginning(texts, name):
    """Yield the texts of which a vocabulary is made: all, or for subwords enough of them."""
    total = 0
    for each in texts:
        yield each
        total += len(each)
        if name == "subwords" and total > _TO_LEARN_PIECES:
            return
