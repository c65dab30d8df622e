"""Vectors that are points in a space."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from tfgen.kinds.kind import Kind
from tfgen.plots import scatters
from tfgen.serialization import serializable


@serializable
class Points(Kind):
    """Vectors `[size]`; those of more than two coordinates are drawn in their principal plane.

    Example:
        >>> Points().described((2,))
        'points of 2 coordinates'
    """

    name = "points"
    plural = "points"
    sheet_size = 2_000

    def samples(self, examples: ArrayLike, columns: int | None = None) -> Any:
        """Return a scatter figure of the points."""
        return scatters.scatter(scatters.in_the_plane(examples))

    def pairs(self, originals: ArrayLike, reconstructed: ArrayLike) -> Any:
        """Return a scatter figure of reconstructions above their originals, which are grey."""
        both = np.concatenate([np.asarray(originals), np.asarray(reconstructed)])
        original, remade = np.split(scatters.in_the_plane(both), 2)
        return scatters.scatter(remade, reference=original)

    def walks(
        self, examples: ArrayLike, row_names: Sequence[str], column_names: Sequence[str]
    ) -> Any:
        """Return a figure with a line for each walk."""
        examples = np.asarray(examples)
        flat = scatters.in_the_plane(examples.reshape(-1, examples.shape[-1]))
        figure = Figure(figsize=(5.0, 5.0), layout="constrained", facecolor="white")
        axes = figure.subplots()
        for name, walk in zip(row_names, flat.reshape(*examples.shape[:2], 2), strict=True):
            axes.plot(*walk.T, marker=".", lw=1.0, label=name)
        if len(row_names) <= 20:
            axes.legend(frameon=False)
        scatters.declutter(axes)
        return figure

    def described(self, shape: tuple[int, ...]) -> str:
        """Return the number of coordinates in words."""
        return f"points of {shape[0]} coordinates"
