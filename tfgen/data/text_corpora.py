"""Where texts lie: a file, a folder, a TFDS data set, or a list of strings."""

import collections
import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from tfgen.data import listing, text_files
from tfgen.data.catalogue import prepared_builder
from tfgen.data.tfds_files import check_files, naming_damage
from tfgen.data.tfds_records import records


@dataclasses.dataclass(frozen=True)
class Corpus:
    """Documents, in the splits they came in.

    Attributes:
        name: by which they are opened again.
        splits: `{"train": f}` or `{"train": f, "test": g}`; the functions yield documents, and each
            document yields its text in pieces.
        counts: documents in each split.
        several: whether documents are more than parts of one text.
        notes: what a person should know, a line each.
    """

    name: str
    splits: Mapping[str, Callable[[], Iterator[Iterator[str]]]]
    counts: Mapping[str, int]
    several: bool
    notes: tuple[str, ...] = ()


def corpus_of(data, data_dir=None) -> Corpus:
    """Return the corpus that `data` names; arguments as for `open_text`.

    Raises:
        ValueError: for a data set without texts, or an unknown one.
        FileNotFoundError: for what is not there.
    """
    if isinstance(data, (list, tuple)):
        return _of_strings(data)
    if _is_path(data):
        path = Path(os.path.abspath(Path(data).expanduser()))
        return _of_folder(path) if path.is_dir() else _of_files(path, [path])
    return _of_catalogue(data, data_dir)


def _is_path(data):
    """Whether text is a path: names of data sets have no endings, but for versions behind ":"."""
    text = os.fspath(data)
    if isinstance(data, os.PathLike) or text.startswith((".", "~", "/")):
        return True
    return ":" not in text and (bool(Path(text).suffix) or ("/" in text and Path(text).exists()))


def _of_strings(texts):
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("open_text received a list of other things than strings. Pass strings.")

    def documents():
        return (iter((text_files.translated(text),)) for text in texts)

    return Corpus("texts", {"train": documents}, {"train": len(texts)}, len(texts) > 1)


def _of_files(name, paths, notes=()):
    for path in paths:
        if not path.exists():
            raise FileNotFoundError(
                f"{path} is not there: expected a text file, a folder of them, or a TensorFlow "
                "Datasets name. Check the path."
            )

    def documents():
        return map(text_files.chunks, paths)

    several = len(paths) > 1
    return Corpus(str(name), {"train": documents}, {"train": len(paths)}, several, notes)


def _of_folder(root):
    others: collections.Counter[str] = collections.Counter()
    found = listing.files(root, listing.TEXTS, others)
    if not found:
        there = f" (it has {listing.counted(others)})" if others else ""
        raise FileNotFoundError(
            f"{root} holds no texts{there}: expected files ending in "
            f"{', '.join(sorted(listing.TEXTS))}. Pass a folder of texts, or one text file."
        )
    notes = (f"left out: {listing.counted(others)}",) if others else ()
    return _of_files(root, [root.joinpath(*parts) for parts in found], notes)


def _of_catalogue(name, data_dir):
    builder = prepared_builder(name, data_dir, "a text file, a folder of text files")
    key = _text_feature(builder, name)
    check_files(builder, name)
    counts = {split: info.num_examples for split, info in builder.info.splits.items()}
    counts = {split: count for split, count in counts.items() if count}
    if "train" not in counts:
        raise ValueError(
            f"{name!r} has no split 'train': it has {', '.join(counts)}. Choose another data set."
        )
    held = [split for split in ("validation", "test") if split in counts]
    parts = {"train": ["train"], **({"test": held} if held else {})}

    def documents(splits):
        with naming_damage(name, builder.data_dir):
            for split in splits:
                yield from _documents(builder, key, split)

    def opened(splits):
        return lambda: documents(splits)

    return Corpus(
        name,
        {part: opened(splits) for part, splits in parts.items()},
        {part: sum(counts[split] for split in splits) for part, splits in parts.items()},
        any(counts[split] > 1 for splits in parts.values() for split in splits),
        (f"held out: the splits {' and '.join(held)}",) if held else (),
    )


def _documents(builder, key, split):
    features = builder.info.features
    found = records(builder.info.splits[split])
    texts = found.map(lambda index, record: features.deserialize_example(record)[key])
    for number, text in enumerate(texts.as_numpy_iterator()):
        try:
            yield iter((text_files.translated(text.decode()),))
        except UnicodeDecodeError as error:
            raise ValueError(
                f"Text {number} of {split!r} in {builder.name!r} is no UTF-8 (byte "
                f"{error.start:,}): expected UTF-8. Choose another data set."
            ) from error


def _text_feature(builder, name):
    import tensorflow_datasets as tfds

    features = builder.info.features
    keys = list(features) if isinstance(features, tfds.features.FeaturesDict) else []
    texts = [key for key in keys if isinstance(features[key], tfds.features.Text)]
    if not texts:
        raise ValueError(
            f"{name!r} has no texts: it has {', '.join(keys) or 'one feature'}. Choose a text data "
            "set, such as tiny_shakespeare."
        )
    return "text" if "text" in texts else texts[0]
