"""Figures of what a generative model has learned.

Pictures are uint8 arrays `[height, width, channels]`; figures are matplotlib Figures made without
pyplot, so that they can be made in threads, on servers and in notebooks. `save` writes both.
"""

import csv
import io
import math
import pathlib

import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from scipy.special import ndtr, ndtri

from tfgen.files import write_files

_GUTTER_SHADE = 255  # white between the images, as around them
_TARGET_SIDE = 512  # pixels: small pictures are enlarged to about this
_GREY, _DARK = "0.45", "0.2"
_NATS = ("loss", "distortion", "rate", "elbo")
_TRAIN, _VALIDATION = "#2a6fbb", "#d9822b"


def image_grid(images, columns=None, value_range=(0.0, 1.0)):
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
    images = _to_uint8(images, value_range)
    columns = _square(len(images)) if columns is None else columns
    return _enlarge(_tile(images, columns, gutters=(1, 1)))


def reconstructions(originals, reconstructed, columns=10, value_range=(0.0, 1.0)):
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


def traversal(decode, latent_dim, z=None, *, units=None, columns=11, value_range=(0.0, 1.0)):
    """Return a figure of what each latent unit does to an image, one row per unit.

    In each row one unit takes the quantiles of N(0, 1) from -2.5 to 2.5, at equal steps of
    probability, while all others stay where they are.

    Args:
        decode: function from latents, float32 `[batch, latent_dim]`, to images
            `[batch, height, width, channels]`.
        latent_dim: length of the latent vector.
        z: the latent to start from, `[latent_dim]`; zeros by default.
        units: the units to traverse, ints below `latent_dim`; all by default.
        columns: images in a row.
        value_range: the values shown black and white; what lies outside is clipped.

    Returns:
        A matplotlib Figure.

    Raises:
        ValueError: if `z` or `units` don't fit `latent_dim`.

    Reference:
        Higgins et al. 2017, "beta-VAE: learning basic visual concepts", section 4.
    """
    z = np.zeros(latent_dim) if z is None else np.asarray(z)
    units = list(range(latent_dim)) if units is None else [int(unit) for unit in units]
    if z.shape != (latent_dim,) or not units or not 0 <= min(units) <= max(units) < latent_dim:
        raise ValueError(
            f"traversal(latent_dim={latent_dim}) received z of shape {z.shape} and "
            f"units={units}: expected z [{latent_dim}] and units from 0 to {latent_dim - 1}. "
            "Leave both out to traverse every unit from zero."
        )
    starts = np.tile(z, (len(units), 1))
    starts[np.arange(len(units)), units] = 0.0  # the unit takes the values, and does not add them
    return _along(
        decode, starts, np.eye(latent_dim)[units], [f"z{u}" for u in units], columns, value_range
    )


def directions(decode, directions, z=None, *, names=None, columns=11, value_range=(0.0, 1.0)):
    """Return a figure of what each latent direction does to an image, one row per direction.

    The image in the middle is that of `z`; along a row, `z + a * direction` for the quantiles `a`
    of N(0, 1) from -2.5 to 2.5, at equal steps of probability.

    Args:
        decode: function from latents, float32 `[batch, latent_dim]`, to images
            `[batch, height, width, channels]`.
        directions: `[count, latent_dim]`, such as those of `tfgen.gan.latents.sefa_directions`.
        z: the latent to start from, `[latent_dim]`; zeros by default.
        names: of the rows; numbers by default.
        columns: images in a row.
        value_range: the values shown black and white; what lies outside is clipped.

    Returns:
        A matplotlib Figure.

    Raises:
        ValueError: if `z` or `names` don't fit the directions.
    """
    directions = np.asarray(directions)
    count, latent_dim = directions.shape
    z = np.zeros(latent_dim) if z is None else np.asarray(z)
    names = [str(i + 1) for i in range(count)] if names is None else list(names)
    if z.shape != (latent_dim,) or len(names) != count:
        raise ValueError(
            f"directions received {count} directions of length {latent_dim}, z of shape {z.shape} "
            f"and {len(names)} names: expected z [{latent_dim}] and {count} names. Leave both out "
            "to start from zero."
        )
    return _along(decode, np.tile(z, (count, 1)), directions, names, columns, value_range)


def interpolations(decode, latents, value_range=(0.0, 1.0)):
    """Return a figure of what lies between latents, one row per way.

    Args:
        decode: function from latents, float32 `[batch, latent_dim]`, to images
            `[batch, height, width, channels]`.
        latents: `[rows, columns, latent_dim]`, such as those of
            `tfgen.gan.latents.spherical_interpolation`, stacked.
        value_range: the values shown black and white; what lies outside is clipped.

    Returns:
        A matplotlib Figure.

    Raises:
        ValueError: for latents of another rank.
    """
    latents = np.asarray(latents)
    if latents.ndim != 3:
        raise ValueError(
            f"interpolations received latents of shape {latents.shape}: expected [rows, columns, "
            "latent_dim]. Stack the latents of each way."
        )
    rows, columns = latents.shape[:2]
    names, shares = [str(i + 1) for i in range(rows)], np.linspace(0, 1, columns)
    return _walks(decode, latents, names, [f"{share:.1f}" for share in shares], value_range)


def _along(decode, starts, directions, names, columns, value_range):
    """Rows of images from `starts` along `directions`, both [rows, latent_dim]."""
    values = ndtri(np.linspace(ndtr(-2.5), ndtr(2.5), columns))
    latents = starts[:, None] + values[:, None] * directions[:, None]
    signs = ["0" if abs(value) < 0.05 else f"{value:+.1f}" for value in values]
    return _walks(decode, latents, names, signs, value_range)


def _walks(decode, latents, row_labels, column_labels, value_range):
    """Rows of images of latents, [rows, columns, latent_dim]."""
    images = np.asarray(decode(latents.reshape(-1, latents.shape[-1]).astype(np.float32)))
    tiles = _tile(_to_uint8(images, value_range), latents.shape[1], gutters=(1, 1))
    return _labelled_grid(tiles, row_labels, column_labels)


def class_columns(num_classes, most=20):
    """Return the columns of a grid of samples of all classes in turn, so that each has a class.

    None, for a grid of any shape, without classes or with more than `most`.
    """
    return num_classes if num_classes and num_classes <= most else None


def scatter(points, reference=None):
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
        axes.scatter(*np.asarray(reference).T, s=60, color="0.8", linewidths=0)
    axes.scatter(*points.T, s=4, color=_TRAIN, alpha=0.5, linewidths=0)
    axes.set_aspect("equal")
    _declutter(axes)
    return figure


def samples(examples, columns=None, value_range=(0.0, 1.0)):
    """Return the picture of samples of any kind: `image_grid` of images, `scatter` of points."""
    if len(np.shape(examples)) == 2:
        return scatter(examples)
    return image_grid(examples, columns, value_range)


def training_curves(history, quantities=("distortion", "rate", "elbo")):
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
        _declutter(axes)
        title = f"{name} (nats)" if name in _NATS else name
        axes.set_title(title, loc="left", fontsize=11, color=_DARK)
        axes.set_xlabel("epoch", color=_GREY)
        axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, labelcolor=_DARK)
    return figure


def latent_scatter(means, labels=None):
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
        axes.scatter(*chosen.T, s=9, color=color, alpha=0.75, linewidths=0, label=str(value))
    if 1 < len(classes) <= 20:
        outside = {"loc": "center left", "bbox_to_anchor": (1.0, 0.5)}
        axes.legend(**outside, frameon=False, markerscale=2.0, labelcolor=_DARK)
    _declutter(axes)
    axes.set_xlabel(names[0], color=_GREY)
    axes.set_ylabel(names[1], color=_GREY)
    axes.set_aspect("equal", adjustable="datalim")
    return figure


def save(picture, path):
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


def save_grid(images, path, columns=None, value_range=(0.0, 1.0)):
    """Write `image_grid(images, columns, value_range)` to `path`, as `save` does."""
    save(image_grid(images, columns, value_range), path)


def png(picture):
    """Return the bytes of the PNG file of a picture or a figure."""
    buffer = io.BytesIO()
    if isinstance(picture, Figure):
        picture.savefig(buffer, format="png", dpi=120)
    else:
        grey = picture.shape[-1] == 1
        Image.fromarray(picture[..., 0] if grey else picture).save(buffer, format="png")
    return buffer.getvalue()


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


def _labelled_grid(picture, row_labels, column_labels):
    """Return a figure that shows a grid of images with a label at each row and column."""
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


def _centres(length, count):
    step = (length + 1) / count
    return step * np.arange(count) + step / 2 - 1


def _draw_curve(axes, columns, name, label, color):
    """Draw one column by epoch, counted from 1; epochs without a value are bridged."""
    if name not in columns:
        return
    values = np.asarray(columns[name], float)
    epochs = np.asarray(columns.get("epoch", range(1, len(values) + 1)))
    known = np.isfinite(values)  # validation may run in some epochs only
    marker = "o" if known.sum() == 1 else None  # a line of one point is invisible
    axes.plot(epochs[known], values[known], label=label, color=color, lw=1.8, marker=marker)


def _declutter(axes):
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color("0.8")
    axes.tick_params(color="0.8", labelcolor=_GREY, labelsize=9)
    axes.grid(color="0.93", linewidth=0.8)
    axes.set_axisbelow(True)


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
