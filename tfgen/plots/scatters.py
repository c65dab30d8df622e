"""Figures of points: in the plane, and latents projected into it."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

GREY, DARK = "0.45", "0.2"
_POINTS = "#2a6fbb"


def scatter(points: ArrayLike, reference: ArrayLike | None = None) -> Figure:
    """Return a figure of points in the plane, above those that they should be like.

    Args:
        points: `[count, 2]`.
        reference: `[any, 2]`, such as real points or the centres of modes, drawn in grey; or None.

    Returns:
        A matplotlib Figure.

    Raises:
        ValueError: for points of another shape.
    """
    points = np.asarray(points)
    if points.ndim != 2 or points.shape[1] != 2:
        raise ValueError(
            f"scatter received points of shape {points.shape}: expected [count, 2]. Draw images "
            "with image_grid, and project longer vectors first."
        )
    figure = Figure(figsize=(5.0, 5.0), layout="constrained", facecolor="white")
    axes = figure.subplots()
    if reference is not None:
        x, y = np.asarray(reference).T
        axes.scatter(x, y, s=60, color="0.8", linewidths=0)
    x, y = points.T
    axes.scatter(x, y, s=4, color=_POINTS, alpha=0.5, linewidths=0)
    axes.set_aspect("equal")
    declutter(axes)
    return figure


def latent_scatter(means: ArrayLike, labels: ArrayLike | None = None) -> Figure:
    """Return a scatter figure of latents, projected on their first two principal components.

    Args:
        means: `[count, latent_dim]`, `latent_dim` at least 2, e.g. the posterior means.
        labels: ints `[count]` that choose the colours, or None.

    Returns:
        A matplotlib Figure.

    Raises:
        ValueError: for latents of fewer than 2 units, or labels of another length.
    """
    means = np.asarray(means)
    labels = np.zeros(len(means), int) if labels is None else np.asarray(labels)
    if means.ndim != 2 or means.shape[1] < 2 or labels.shape != means.shape[:1]:
        raise ValueError(
            f"latent_scatter received means of shape {means.shape} and labels of shape "
            f"{labels.shape}: expected [count, at least 2] and [count]. Pass one row per image."
        )
    points, names = _project(means)
    figure = Figure(figsize=(6.0, 5.2), layout="constrained", facecolor="white")
    axes = figure.subplots()
    classes = np.unique(labels)
    for value, color in zip(classes, _palette(len(classes)), strict=True):
        chosen = points[labels == value]
        axes.scatter(
            chosen[:, 0], chosen[:, 1], s=9, color=color, alpha=0.75, linewidths=0, label=str(value)
        )
    if 1 < len(classes) <= 20:
        axes.legend(
            loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False, markerscale=2.0,
            labelcolor=DARK,
        )  # fmt: skip
    declutter(axes)
    axes.set_xlabel(names[0], color=GREY)
    axes.set_ylabel(names[1], color=GREY)
    axes.set_aspect("equal", adjustable="datalim")
    return figure


def declutter(axes: Any) -> None:
    """Leave of matplotlib's axes what a reader needs."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("0.8")
    axes.tick_params(color="0.8", labelcolor=GREY, labelsize=9)
    axes.grid(color="0.93", linewidth=0.8)
    axes.set_axisbelow(True)


def in_the_plane(points: ArrayLike) -> np.ndarray:
    """Return points `[count, size]` as `[count, 2]`: as they are, or on their principal plane."""
    points = np.asarray(points)
    if points.shape[1] == 1:
        return np.stack([points[:, 0], np.zeros(len(points))], axis=1)
    return _project(points)[0]


def _project(means):
    """Return two coordinates per row, and what to call them."""
    if means.shape[1] == 2:
        return means, ("z0", "z1")
    from sklearn.decomposition import PCA

    pca = PCA(n_components=2, svd_solver="full").fit(means)
    shares = pca.explained_variance_ratio_
    return pca.transform(means), [f"PC {i + 1} ({s:.0%} of variance)" for i, s in enumerate(shares)]


def _palette(count):
    import matplotlib

    if count <= 10:
        return matplotlib.colormaps["tab10"](np.arange(count))
    return matplotlib.colormaps["viridis"](np.linspace(0, 1, count))
