"""What an example is to a person."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Image:
    """A picture."""

    value_range: tuple = (0.0, 1.0)

    def described(self, shape):
        """Return words such as "28x28 grey images"."""
        colour = {1: "grey ", 3: "colour "}.get(shape[-1], f"{shape[-1]}-channel ")
        return f"{shape[0]}x{shape[1]} {colour}images"


@dataclasses.dataclass(frozen=True)
class Points:
    """A vector."""

    def described(self, shape):
        """Return words such as "points of 2 numbers"."""
        return f"points of {shape[0]} numbers"
