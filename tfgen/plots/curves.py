"""Figures of how a training went."""

import csv
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from tfgen.plots.scatters import DARK, GREY, declutter

_NATS = ("loss", "distortion", "rate", "elbo")
_TRAIN, _VALIDATION = "#2a6fbb", "#d9822b"


def training_curves(
    history: Any, quantities: Sequence[str] = ("distortion", "rate", "elbo")
) -> Figure:
    """Return a figure of quantities by epoch, for training and validation.

    Args:
        history: path of a file written by `callbacks.HistoryFile`, or a dict of lists as in
            `fit(...).history`.
        quantities: names of the columns to show, one panel each; those absent are left out.

    Returns:
        A matplotlib Figure.

    Raises:
        ValueError: if the history has none of the quantities.
    """
    columns = history if isinstance(history, dict) else _read_csv(history)
    shown = [name for name in quantities if name in columns or f"val_{name}" in columns]
    if not shown:
        raise ValueError(
            f"training_curves received a history of {sorted(columns)}: expected at least one of "
            f"{sorted(quantities)}. Name the columns to show in quantities=."
        )
    figure = Figure(figsize=(4.0 * len(shown), 3.0), layout="constrained", facecolor="white")
    for axes, name in zip(figure.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
        _draw_curve(axes, columns, name, label="training", color=_TRAIN)
        _draw_curve(axes, columns, f"val_{name}", label="validation", color=_VALIDATION)
        declutter(axes)
        title = f"{name} (nats)" if name in _NATS else name
        axes.set_title(title, loc="left", fontsize=11, color=DARK)
        axes.set_xlabel("epoch", color=GREY)
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, labelcolor=DARK)
    return figure


def _draw_curve(axes, columns, name, label, color):
    """Draw one column by epoch, counted from 1; epochs without a value are bridged."""
    if name not in columns:
        return
    values = np.asarray(columns[name], float)
    epochs = np.asarray(columns.get("epoch", range(1, len(values) + 1)))
    known = np.isfinite(values)  # validation may run in some epochs only
    marker = "o" if known.sum() == 1 else None  # a line of one point is invisible
    axes.plot(epochs[known], values[known], label=label, color=color, lw=1.8, marker=marker)


def _read_csv(path):
    """Return {column: floats} of a CSV file; what is no number becomes NaN."""
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    names = rows[0] if rows else ()
    return {name: np.array([_number(row[name]) for row in rows]) for name in names}


def _number(text):
    try:
        return float(text)
    except (TypeError, ValueError):
        return math.nan
