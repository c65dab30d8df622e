"""Pictures of many images: uint8 arrays `[height, width, channels]`."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

_GUTTER_SHADE = 255  # white between the images, as around them
_TARGET_SIDE = 512  # pixels: small pictures are enlarged to about this
_DARK = "0.2"


def image_grid(
    images: ArrayLike, columns: int | None = None, value_range: tuple[float, float] = (0.0, 1.0)
) -> np.ndarray:
    """Return one picture of many images, enlarged by a whole factor where they are tiny.

    Args:
        images: `[count, height, width, channels]`, with 1 or 3 channels.
        columns: images in a row; by default as many as make the grid square.
        value_range: the values shown black and white; what lies outside is clipped.

    Returns:
        The picture: uint8 `[H, W, channels]`, with a gutter of one image pixel.

    Raises:
        ValueError: for images of another shape, none at all, or fewer than 1 column.

    Example:
        >>> image_grid(np.zeros((6, 64, 64, 3)), columns=3).shape
        (387, 582, 3)
    """
    pictures = _to_uint8(images, value_range)
    columns = _square(len(pictures)) if columns is None else columns
    return _enlarge(_tile(pictures, columns, gutters=(1, 1)))


def reconstructions(
    originals: ArrayLike,
    reconstructed: ArrayLike,
    columns: int = 10,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> np.ndarray:
    """Return one picture of pairs of rows, each original above its reconstruction.

    Args:
        originals: `[count, height, width, channels]`, with 1 or 3 channels.
        reconstructed: the same shape.
        columns: pairs in a row.
        value_range: the values shown black and white; what lies outside is clipped.

    Returns:
        The picture: uint8 `[H, W, channels]`.

    Raises:
        ValueError: for shapes that differ or that are no images.
    """
    originals, reconstructed = np.asarray(originals), np.asarray(reconstructed)
    if originals.shape != reconstructed.shape:
        raise ValueError(
            f"reconstructions received originals of shape {originals.shape} and reconstructions "
            f"of shape {reconstructed.shape}: both must be the same. Pass the pairs in order."
        )
    above = _to_uint8(originals, value_range)
    below = _to_uint8(reconstructed, value_range)
    between = np.full_like(above[:, :1], _GUTTER_SHADE)
    pairs = np.concatenate([above, between, below], axis=1)
    gap = max(2, above.shape[1] // 4)
    return _enlarge(_tile(pairs, min(columns, len(pairs)), gutters=(gap, 1)))


def labelled_grid(
    images: ArrayLike,
    row_labels: Sequence[str],
    column_labels: Sequence[str],
    value_range: tuple[float, float] = (0.0, 1.0),
) -> Figure:
    """Return a figure of rows of images with a label at each row and column.

    Args:
        images: `[rows, columns, height, width, channels]`, with 1 or 3 channels.
        row_labels: text for each row.
        column_labels: text for each column.
        value_range: the values shown black and white; what lies outside is clipped.
    """
    images = np.asarray(images)
    flat = _to_uint8(images.reshape(-1, *images.shape[2:]), value_range)
    picture = _tile(flat, images.shape[1], gutters=(1, 1))
    height, width, channels = picture.shape
    inches = 0.55 * len(column_labels) / width  # of one pixel
    size = (inches * width + 0.5, inches * height + 0.4)  # and the labels
    figure = Figure(figsize=size, layout="constrained", facecolor="white")
    axes = figure.subplots()
    axes.imshow(picture.repeat(3 // channels, axis=2), interpolation="nearest", aspect="auto")
    axes.set_yticks(_centres(height, len(row_labels)), row_labels)
    axes.set_xticks(_centres(width, len(column_labels)), column_labels)
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=8, labelcolor=_DARK)
    axes.spines[:].set_visible(False)
    return figure


def _to_uint8(images, value_range):
    images = np.asarray(images, np.float32)
    if images.ndim != 4 or len(images) == 0 or images.shape[-1] not in (1, 3):
        raise ValueError(
            f"plots received images of shape {images.shape}: expected [count, height, width, "
            "1 or 3] with at least one image. Add or choose axes to match."
        )
    low, high = value_range
    unit = np.nan_to_num((images - low) / (high - low))  # not a number: black, and no warning
    return np.round(255 * np.clip(unit, 0, 1)).astype(np.uint8)


def _square(count):
    return math.ceil(math.sqrt(count))


def _tile(images, columns, gutters):
    """Return the images `[count, h, w, c]` in rows, with white gutters between them only."""
    if columns < 1:
        raise ValueError(f"plots received columns={columns}: expected at least 1. Leave it out.")
    count, height, width, channels = images.shape
    rows = -(-count // columns)
    down, right = gutters
    shape = (rows, height + down, columns, width + right, channels)
    tiles = np.full(shape, _GUTTER_SHADE, np.uint8)
    for i, image in enumerate(images):
        tiles[i // columns, :height, i % columns, :width] = image
    picture = tiles.reshape(rows * shape[1], columns * shape[3], channels)
    return picture[:-down, :-right]


def _enlarge(picture):
    factor = max(1, round(_TARGET_SIDE / max(picture.shape[:2])))
    return picture.repeat(factor, axis=0).repeat(factor, axis=1)


def _centres(length, count):
    step = (length + 1) / count
    return step * np.arange(count) + step / 2 - 1
