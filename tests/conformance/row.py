"""What a family of models says of itself in the conformance table."""

import dataclasses
from collections.abc import Callable, Mapping

import keras

# dB of peak signal to noise of every output that is a float, and the share of equal ones where it
# is a whole number. A row may lower one, in sight of everybody.
FLOORS = {"float32": 110, "float16": 55, "dynamic_int8": 38, "int8": 30, "int16x8": 40}
AGREEMENT = {"float32": 1.0, "float16": 0.95, "dynamic_int8": 0.9, "int8": 0.5, "int16x8": 0.8}


def as_it_is(model, arrays):
    """Leave a model as it is."""


@dataclasses.dataclass(frozen=True, eq=False)  # a row is itself, and so can be a key
class Row:
    """One family of models: all that the checks know of it.

    Attributes:
        name: of the row.
        build: makes the model, uncompiled, under the dtype policy of the moment.
        data: 64 examples as `fit` takes them, a tuple of arrays.
        prepare: what must happen before exports besides `fit`: `(model, arrays)`.
        endpoints: those that are converted to TFLite.
        floors: `{mode: dB}` where they differ from `FLOORS`.
        agreement: `{mode: share}` where they differ from `AGREEMENT`.
        refused: `{(endpoint, mode): what the one line of the refusal says}`.
        skipped: `{check: reason}`: what the family does not promise.
        unmoved: `{(network, weight's path): reason}`: weights whose gradient is 0 by nature.
        averages: attributes of networks that follow another one instead of an optimizer.
    """

    name: str
    build: Callable[[], keras.Model]
    data: Callable[[], tuple]
    prepare: Callable[[keras.Model, tuple], None] = as_it_is
    endpoints: tuple[str, ...] = ("generate", "decode")
    floors: Mapping[str, float] = dataclasses.field(default_factory=dict)
    agreement: Mapping[str, float] = dataclasses.field(default_factory=dict)
    refused: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict)
    skipped: Mapping[str, str] = dataclasses.field(default_factory=dict)
    unmoved: Mapping[tuple[str, str], str] = dataclasses.field(default_factory=dict)
    averages: tuple[str, ...] = ()
