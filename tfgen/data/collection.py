"""Examples as they were found, in the splits they came in: before any are held out."""

import abc
import dataclasses
from collections.abc import Mapping

from tfgen import kinds
from tfgen.data.pixels import Pixels
from tfgen.data.tokens import Tokens
from tfgen.data.vectors import Vectors


class Collection(abc.ABC):
    """What a folder, a file, a data set of the catalogue or a pair of arrays holds.

    Attributes:
        kind: of its examples.
        shape: of one example.
        classes: names of the classes, () without labels.
        counts: examples in each split, by its name; a collection without splits has "train" only.
        notes: what a person should know of what was found, a line each.
        factors: `{name: number of values}` of what examples were made of, where it is known.
    """

    kind = kinds.Image()
    classes = ()
    notes = ()
    factors: Mapping[str, int] = {}

    @abc.abstractmethod
    def examples(self, split, rows=None):
        """Return the examples of a split, or those of its `rows`: `InMemory` or `Streamed`."""

    def factors_of(self, split):
        """Return the factors' numbers of each example of a split: int32 `[count, factors]`."""
        raise NotImplementedError

    @abc.abstractmethod
    def digests(self, split):
        """Return the hash of the content of each example of a split: ints `[count]`."""

    def look(self, **options):
        """Return what becomes of a batch; options depend on the kind.

        Raises:
            ValueError: for an option that examples of this kind do not have.
        """
        return look_of(self.kind, options)


def look_of(kind, options):
    """Return the look of batches of a kind; see `Collection.look`."""
    others = Tokens if isinstance(kind, kinds.Text) else Vectors
    look = Pixels if isinstance(kind, kinds.Image) else others
    known = [field.name for field in dataclasses.fields(look)]
    if unknown := sorted(set(options) - set(known)):
        raise ValueError(
            f"Batches received {unknown[0]}={options[unknown[0]]!r}: expected one of "
            f"{', '.join(known) or f'no options for {kind.plural}'}. Leave it out."
        )
    return look(**options)


def check_split(name, split, splits):
    """Raise ValueError unless `split` is one of `splits`."""
    if split not in splits:
        names = ", ".join(repr(each) for each in splits)
        raise ValueError(f"{name} has no split {split!r}: it has {names}. Choose one of these.")
