"""What examples look like and how many there are, as far as a model must know it."""

import dataclasses
from collections.abc import Mapping

from tfgen import kinds


@dataclasses.dataclass(frozen=True)
class Spec:
    """Kind, shape, classes and counts of the examples of a source.

    Attributes:
        kind: what an example is to a person, such as `tfgen.kinds.Image()`.
        shape: of one example, without the batch.
        classes: names of the classes in the order of their numbers; () without labels.
        counts: examples in the splits, {"train": n, "test": n}.
        factors: names and numbers of values of what the examples were made of, {"scale": 4, ...},
            where it is known; see `Source.factors`.

    Example:
        >>> from tfgen import kinds
        >>> spec = Spec(kinds.Image(), (28, 28, 1), ("cat", "dog"), {"train": 90, "test": 10})
        >>> spec.num_classes
        2
    """

    kind: kinds.Kind
    shape: tuple[int, ...]
    classes: tuple[str, ...] = ()
    counts: Mapping[str, int] = dataclasses.field(default_factory=dict)
    factors: Mapping[str, int] = dataclasses.field(default_factory=dict)

    @property
    def num_classes(self) -> int | None:
        """Number of classes, or None without labels."""
        return len(self.classes) or None
