"""Texts that nothing can be learned from: one line that says what to do."""

import re

import numpy as np
import pytest
from PIL import Image

from tfgen.data import open_source, open_text
from tfgen.tokenizers import Characters

TEXT = b"To be, or not to be: that is the question.\n" * 20


def written(content, **options):
    """A case of a file with some content."""

    def run(folder):
        path = folder / "novel.txt"
        path.write_bytes(content)
        open_text(path, **{"length": 8, **options})

    return run


def named(data, **options):
    return lambda folder: open_text(data, **options)


def pictures(folder):
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(folder / "a.png")
    open_text(folder)


def picture(folder):
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(folder / "a.png")
    open_text(folder / "a.png")


def as_images(folder):
    (folder / "novel.txt").write_bytes(TEXT)
    open_source(folder / "novel.txt")


def batching(**options):
    def run(folder):
        open_text([TEXT.decode()], length=8).batches("train", **{"batch_size": 4, **options})

    return run


OTHER = Characters("xyz ")
BAD = {
    "a binary file": (written(b"ab\0cd"), "is a binary file (a zero byte at offset 2)"),
    "an image": (picture, "a.png is a binary file"),
    "UTF-16": (written("text".encode("utf-16")), "is UTF-16: expected UTF-8. Convert it"),
    "an empty file": (written(b""), "novel.txt is empty: expected text"),
    "blank lines": (written(b"\n \n", documents="lines"), "novel.txt is empty: expected text"),
    "no UTF-8": (written(TEXT + b"caf\xe9 au lait"), "the byte 0xe9 at offset 863 is part of no"),
    "a cut character": (written(TEXT + b"caf\xc3"), "the byte 0xc3 at offset 863"),
    "one line": (written(TEXT[:43], documents="lines"), "has 1 example(s), none different"),
    "copies of a line": (written(TEXT, documents="lines"), "has 20 example(s), none different"),
    "one short line": (written(b"To be.\n"), "has 6 characters to train on and 0 held out: "),
    "a length beyond the text": (
        written(TEXT, length=256),
        "has 774 characters to train on and 86 held out: expected length=256 of each at least. "
        "Choose length=86 or less",
    ),
    "length 0": (written(TEXT, length=0), "received length=0: expected the tokens of a window"),
    "length -1": (written(TEXT, length=-1), "received length=-1: expected"),
    "half a length": (written(TEXT, length=2.5), "received length=2.5: expected"),
    "length true": (written(TEXT, length=True), "received length=True: expected"),
    "unknown documents": (
        written(TEXT, documents="words"),
        "received documents='words': expected one of stream, lines, paragraphs",
    ),
    "an unknown tokenizer": (
        written(TEXT, tokenizer="words"),
        "no tokenizer 'words': expected one of characters, bytes, subwords",
    ),
    "a small vocabulary": (written(TEXT, tokenizer="subwords", vocabulary=9), "size=9: expected"),
    "another vocabulary": (
        written(TEXT, tokenizer=OTHER),
        "does not fit the vocabulary: it lacks 79 % of the characters, such as 't' (120 times)",
    ),
    "holdout": (written(TEXT, holdout=0), "open_text received holdout=0: expected the share"),
    "a missing file": (named("./nowhere.txt"), "nowhere.txt is not there: expected a text file"),
    "a missing name": (named("nowhere.txt"), "nowhere.txt is not there: expected a text file"),
    "an unknown set": (named("tiny_shakespear"), "is no data set: expected a TensorFlow Datasets"),
    "a set of images": (named("mnist"), "'mnist' has no texts: it has image, label. Choose a text"),
    "a folder of images": (pictures, "holds no texts (it has 1 .png): expected files ending in"),
    "numbers": (named([1, 2]), "received a list of other things than strings"),
    "a text as images": (as_images, "novel.txt is a text file: expected a folder of images"),
    "texts as images": (
        lambda folder: open_source("tiny_shakespeare"),
        "'tiny_shakespeare' has no 8-bit images: it has text",
    ),
    "labels": (batching(labels=True), "labels=True for data without labels"),
    "flipped texts": (batching(flip=True), "received flip=True: expected one of no options for"),
    "too large a batch": (batching(batch_size=99, drop_remainder=True), "not one batch"),
    "another split": (
        lambda folder: open_text([TEXT.decode()], length=8).batches("dev", batch_size=1),
        "has no split 'dev': it has 'train', 'test'",
    ),
    "a stream of lines": (
        lambda folder: open_text(["a\nb\nc"], documents="lines").stream(),
        "is opened as lines: expected a stream",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_said_in_one_line(name, tmp_path):
    run, message = BAD[name]
    with pytest.raises((ValueError, FileNotFoundError), match=re.escape(message)) as raised:
        run(tmp_path)
    said = str(raised.value)
    assert "\n" not in said and len(said) < 500
