"""Pictures and figures as PNG files."""

import io
import os
import pathlib

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from PIL import Image

from tfgen.files import write_files
from tfgen.plots.grids import image_grid


def save(picture: np.ndarray | Figure, path: str | os.PathLike) -> None:
    """Write a picture or a figure as a PNG, whole or not at all; parent folders are made.

    Args:
        picture: uint8 `[H, W, 1 or 3]`, or a matplotlib Figure.
        path: where to write.

    Raises:
        OSError: if the folder can't be made or written to.
    """
    path = pathlib.Path(path)
    contents = png(picture)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_files({path: contents})
    except OSError as error:
        advice = "could not write a picture there. Choose a folder that you may write to"
        raise OSError(error.errno, f"{error.strerror}: {advice}", str(path)) from error


def save_grid(
    images: ArrayLike,
    path: str | os.PathLike,
    columns: int | None = None,
    value_range: tuple[float, float] = (0.0, 1.0),
) -> None:
    """Write `image_grid(images, columns, value_range)` to `path`, as `save` does."""
    save(image_grid(images, columns, value_range), path)


def png(picture: np.ndarray | Figure) -> bytes:
    """Return the bytes of the PNG file of a picture or a figure."""
    buffer = io.BytesIO()
    if isinstance(picture, Figure):
        picture.savefig(buffer, format="png", dpi=120)
    else:
        grey = picture.shape[-1] == 1
        Image.fromarray(picture[..., 0] if grey else picture).save(buffer, format="png")
    return buffer.getvalue()
