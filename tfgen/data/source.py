"""What a recipe trains on and is judged by, wherever it comes from."""

import abc
import functools
from typing import Any

import numpy as np
import tensorflow as tf

from tfgen.data import holdout
from tfgen.data.batches import batches_of
from tfgen.data.collection import check_split
from tfgen.data.spec import Spec

_SHARE = 0.1  # of examples held out, if nobody says otherwise
_NAMED_CLASSES = 10  # more are only counted


class Source(abc.ABC):
    """Where examples come from: batches to train on, and others to judge by.

    Attributes:
        name: what `open_source` or `open_text` opens it by again, on this machine.
        spec: kind, shape, classes and counts of the examples.
        notes: what was found, left out and decided, a line each.
    """

    name: str
    spec: Spec
    notes: tuple[str, ...]

    @abc.abstractmethod
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
    ) -> tf.data.Dataset:
        """Return batches, each pass over the dataset being one epoch.

        Order and noise depend on `(seed, epoch)` only: a training that resumes at epoch e with
        `first_epoch=e` sees the batches that the uninterrupted one saw.

        Args:
            split: "train" or "test".
            batch_size: examples in a batch, at least 1; over all replicas together.
            seed: from 0 to 2**31 - 1.
            first_epoch: epoch of the first pass, at least 0.
            labels: whether to return labels too.
            shuffle: default True for "train", False for "test".
            drop_remainder: whether to leave out a last, smaller batch.
            of_its_kind: of images: `value_range`, `binarize`, `flip`, `crop`, see `Pixels`.

        Returns:
            tf.data.Dataset, finite: float32 `[batch, *spec.shape]` (int32 tokens of texts), or that
            and labels, int32 `[batch]`. `dataset.cardinality()` is the number of batches.

        Raises:
            ValueError: for bad options.
        """

    def factors(self, split: str) -> np.ndarray:
        """Return what each example of a split was made of: int32 `[count, factors]`.

        The rows are those of `batches(split, shuffle=False)`, the columns those of `spec.factors`.

        Raises:
            ValueError: for a source whose factors nobody knows.
        """
        raise ValueError(
            f"{self.name} has no known factors: expected a source that was drawn from some. Use "
            '"sprites".'
        )

    def describe(self) -> str:
        """Return one line that says what was found.

        Example:
            >>> from tfgen.data import open_source
            >>> open_source("digits").describe()  # doctest: +NORMALIZE_WHITESPACE
            'found: 1,797 8x8 grey images, 10 classes (0, 1, 2, 3, 4, 5, 6, 7, 8, 9), 1,437 to
            train, 360 held out'
        """
        spec = self.spec
        train, test = spec.counts["train"], spec.counts["test"]
        parts = [f"found: {train + test:,} {spec.kind.described(spec.shape)}"]
        if spec.classes:
            more = ", ..." if len(spec.classes) > _NAMED_CLASSES else ""
            names = ", ".join(spec.classes[:_NAMED_CLASSES]) + more
            parts.append(f"{len(spec.classes)} classes ({names})")
        return ", ".join([*parts, f"{train:,} to train", f"{test:,} held out"])


class StoredSource(Source):
    """Examples of a collection; a share of them is held out where it has no test split.

    Args:
        name: of the source.
        collection: see `Collection`.
        share: of the examples to hold out, above 0 and below 1.
    """

    def __init__(self, name, collection, share):
        self.name, self.collection = name, collection
        check_split(name, "train", collection.counts)
        self._places = _places(name, collection, share)
        counts = {split: self._count(*place) for split, place in self._places.items()}
        classes = tuple(collection.classes) if len(collection.classes) > 1 else ()
        self.spec = Spec(
            collection.kind, tuple(collection.shape), classes, counts, collection.factors
        )
        self.notes = (*collection.notes, *self._decisions(share))
        self._examples = functools.cache(lambda split: collection.examples(*self._places[split]))

    def batches(
        self,
        split,
        *,
        batch_size,
        seed=0,
        first_epoch=0,
        labels=False,
        shuffle=None,
        drop_remainder=False,
        **of_its_kind,
    ):
        """Return batches; see `Source.batches`."""
        check_split(self.name, split, self._places)
        if labels and not self.spec.classes:
            raise ValueError(
                f"{self.name} received labels=True, and has no classes: expected two at least, as "
                "labels, or as sub-folders of images. Leave labels out."
            )
        return batches_of(
            self._examples(split),
            self.collection.look(**of_its_kind),
            batch_size=batch_size,
            seed=seed,
            first_epoch=first_epoch,
            labels=labels,
            shuffle=split == "train" if shuffle is None else shuffle,
            drop_remainder=drop_remainder,
        )

    def factors(self, split):
        """Return what each example was made of; see `Source.factors`."""
        check_split(self.name, split, self._places)
        if not self.spec.factors:
            return super().factors(split)
        found, rows = self._places[split]
        factors = self.collection.factors_of(found)
        return factors if rows is None else factors[rows]

    def _decisions(self, share):
        """What was decided, for the notes."""
        split, rows = self._places["test"]
        if split == "validation":
            yield "no test split: the validation split is held out"
        if rows is None and share != _SHARE:
            yield f"holdout={share} is not used: there is a test set"
        if len(self.collection.classes) == 1:
            yield f"one class only ({self.collection.classes[0]}): trained without labels"

    def _count(self, split, rows):
        return self.collection.counts[split] if rows is None else len(rows)


def _places(name, collection, share):
    """The collection's split, and its rows or None for all, of "train" and of "test"."""
    for test in ("test", "validation"):
        if collection.counts.get(test):
            return {"train": ("train", None), "test": (test, None)}
    train, test = holdout.held_out(collection.digests("train"), share, name)
    return {"train": ("train", train), "test": ("train", test)}
