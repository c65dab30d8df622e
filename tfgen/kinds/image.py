"""Pictures."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tfgen.kinds.kind import Kind
from tfgen.plots import grids
from tfgen.serialization import serializable

_COLOURS = {1: "grey", 3: "colour"}


@serializable
class Image(Kind):
    """Images `[height, width, 1 or 3]`.

    Args:
        value_range: `(black, white)`.

    Example:
        >>> Image((-1.0, 1.0)).to_unit(np.zeros((1, 2, 2, 1)))[0, 0, 0].tolist()
        [0.5]
        >>> Image().described((28, 28, 1))
        '28x28 grey images'
    """

    value_range: tuple[float, float] = (0.0, 1.0)

    name = "image"
    plural = "images"

    def __post_init__(self):
        """Reject a range that is none."""
        object.__setattr__(self, "value_range", _checked_range(self.value_range))

    def samples(self, examples: ArrayLike, columns: int | None = None) -> Any:
        """Return one picture of many."""
        return grids.image_grid(examples, columns, self.value_range)

    def single(self, example: ArrayLike) -> Any:
        """Return one picture, pixel for pixel."""
        return np.round(255 * self.to_unit(example)).astype(np.uint8)

    def pairs(self, originals: ArrayLike, reconstructed: ArrayLike) -> Any:
        """Return one picture of originals above their reconstructions."""
        return grids.reconstructions(originals, reconstructed, value_range=self.value_range)

    def walks(
        self, examples: ArrayLike, row_names: Sequence[str], column_names: Sequence[str]
    ) -> Any:
        """Return a figure, a walk a row."""
        return grids.labelled_grid(examples, row_names, column_names, self.value_range)

    def described(self, shape: tuple[int, ...]) -> str:
        """Return size and colour in words."""
        height, width, channels = shape
        return f"{height}x{width} {_COLOURS.get(channels, f'{channels}-channel')} images"

    def to_unit(self, examples: ArrayLike) -> np.ndarray:
        """Return the images with black as 0 and white as 1, float32; what lies beyond is cut."""
        low, high = self.value_range
        return np.clip((np.asarray(examples, np.float32) - low) / (high - low), 0.0, 1.0)


def _checked_range(value_range):
    try:
        low, high = (float(value) for value in value_range)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(
            f"Image received value_range={value_range!r}: expected (black, white), two finite "
            "numbers, black below white. Use (0.0, 1.0), or (-1.0, 1.0) for a tanh."
        )
    return low, high
