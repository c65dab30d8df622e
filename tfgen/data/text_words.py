"""What is said of a source of texts, and what is refused."""

import collections

import numpy as np

from tfgen.data.text_parts import DOCUMENTS
from tfgen.tokenizers.tokenizer import named

_LONGEST = 2**20
_MOST_UNKNOWN = 0.1  # of the characters: else the vocabulary is that of other texts


def check_numbers(documents, length):
    """Raise ValueError for an unknown way to take texts apart, or a length that is none."""
    if documents not in DOCUMENTS:
        raise ValueError(
            f"open_text received documents={documents!r}: expected one of {', '.join(DOCUMENTS)}."
        )
    whole = isinstance(length, (int, np.integer)) and not isinstance(length, bool)
    if not whole or not 1 <= length <= _LONGEST:
        raise ValueError(
            f"open_text received length={length!r}: expected the tokens of a window or row, an "
            f"integer from 1 to {_LONGEST:,}."
        )


def fitting(source):
    """Raise ValueError where texts do not fill a window, or are not of the vocabulary."""
    unknown = sum(source.unknown.values(), collections.Counter())
    share = unknown.total() / source.characters
    if source.unknown["train"] and share > _MOST_UNKNOWN:  # else it was made from this text
        raise ValueError(
            f"{source.name} does not fit the vocabulary: it lacks {100 * share:.0f} % of the "
            f"characters, such as {named(unknown)}. Pass texts like those it was made from, or "
            "train a new model."
        )
    counts = {split: len(source.tokens(split)) for split in ("train", "test")}
    length, most = source.spec.shape[0], min(counts.values())
    if not source.padded and most < length:
        shorter = f"Choose length={most} or less, or pass" if most else "Pass"
        raise ValueError(
            f"{source.name} has {counts['train']:,} {source.tokenizer.name} to train on and "
            f"{counts['test']:,} held out: expected length={length} of each at least. "
            f"{shorter} a longer text."
        )


def described(source):
    """Return the line that says what was found."""
    spec, tokenizer = source.spec, source.tokenizer
    train, test = (len(source.tokens(split)) for split in ("train", "test"))
    if source.padded:
        found = f"{spec.counts['train'] + spec.counts['test']:,} {source.documents}"
        parts = [f"{found} of {source.characters:,} characters", _vocabulary(source, train + test)]
        numbers = spec.counts.values()
    else:
        several = f" of {source.several:,} documents" if source.several else ""
        parts = [f"{source.characters:,} characters in one stream{several}"]
        parts.append(_vocabulary(source, train + test))
        numbers = (train, test)
    held, out = numbers
    unit = "" if source.padded or tokenizer.name == "characters" else f" {tokenizer.name}"
    return f"found: {', '.join(parts)}, {held:,}{unit} to train, {out:,} held out"


def remarks(source):
    """Yield what a person should know, a line each."""
    spec, name, length = source.spec, source.tokenizer.name, source.spec.shape[0]
    for split, where in (("train", "training"), ("test", "held-out")):
        if unknown := source.unknown[split]:
            many = unknown.total()
            yield (
                f"{many:,} character{'s' * (many > 1)} of the {where} text "
                f"{'are' if many > 1 else 'is'} not in the vocabulary and left out: "
                f"{named(unknown)}"
            )
    if not source.padded:
        yield f"an epoch is {spec.counts['train']:,} windows of {length:,} {name}, at random places"
        return
    if source.longest < length - 1:
        enough = source.longest + 1
        yield f"the longest has {source.longest:,} {name}: length={enough} is enough"
    if source.cut:
        yield (
            f"{source.cut:,} {source.documents} are longer than {length:,} {name} and are cut: the "
            f"longest has {source.longest:,}"
        )


def _vocabulary(source, tokens):
    """The vocabulary in words."""
    tokenizer = source.tokenizer
    if tokenizer.name == "characters":
        return f"{tokenizer.end:,} different characters"
    if tokenizer.name == "bytes":
        return f"{tokens:,} bytes"
    return f"{tokenizer.size:,} subwords ({source.characters / tokens:.1f} characters each)"
