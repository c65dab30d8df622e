"""Figures of matrices."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

_CELL = 0.55  # inches


def heat_map(
    values: ArrayLike, row_names: Sequence[str], column_names: Sequence[str], highest: float = 1.0
) -> Figure:
    """Return a figure of a matrix whose cells are shaded, with their numbers in them.

    Args:
        values: `[rows, columns]`, from 0, which is white, to `highest`, which is blue.
        row_names: a name for each row.
        column_names: a name for each column.
        highest: above 0.

    Returns:
        A matplotlib Figure.

    Raises:
        ValueError: where names and values don't fit.
    """
    values = np.asarray(values, np.float64)
    if values.shape != (len(row_names), len(column_names)):
        raise ValueError(
            f"heat_map received values of shape {values.shape} for {len(row_names)} row names and "
            f"{len(column_names)} column names: expected a name for each row and column."
        )
    rows, columns = values.shape
    size = (1.2 + 1.4 * _CELL * columns, 0.6 + _CELL * rows)
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    axes = figure.subplots()
    axes.imshow(values, vmin=0.0, vmax=highest, cmap="Blues", aspect="auto")
    axes.set_yticks(range(rows), row_names)
    axes.set_xticks(range(columns), column_names)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=9)
    axes.spines[:].set_visible(False)
    for (row, column), value in np.ndenumerate(values):
        shade = "white" if value > 0.6 * highest else "0.3"
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=shade, size=8)
    return figure
