"""Figures of walks through latent space, for examples of any kind."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from tfgen import kinds


def traversal(
    decode: Callable,
    latent_dim: int,
    z: ArrayLike | None = None,
    *,
    units: Sequence[int] | None = None,
    columns: int = 11,
    value_range: tuple[float, float] = (0.0, 1.0),
    kind: kinds.Kind | None = None,
) -> Any:
    """Return a figure of what each latent unit does to an example, one row per unit.

    In each row one unit takes the quantiles of N(0, 1) from -2.5 to 2.5, at equal steps of
    probability, while all others stay where they are.

    Args:
        decode: function from latents, float32 `[batch, latent_dim]`, to examples `[batch, ...]`,
            images if no kind is given.
        latent_dim: length of the latent vector.
        z: the latent to start from, `[latent_dim]`; zeros by default.
        units: the units to traverse, ints below `latent_dim`; all by default.
        columns: images in a row.
        value_range: of images: the values shown black and white.
        kind: one of `tfgen.kinds`, for examples other than images.

    Returns:
        The kind's sheet of walks; of images a matplotlib Figure.

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
    names, kind = [f"z{unit}" for unit in units], kind or kinds.Image(value_range)
    return _along(decode, starts, np.eye(latent_dim)[units], names, columns, kind)


def directions(
    decode: Callable,
    directions: ArrayLike,
    z: ArrayLike | None = None,
    *,
    names: Sequence[str] | None = None,
    columns: int = 11,
    value_range: tuple[float, float] = (0.0, 1.0),
    kind: kinds.Kind | None = None,
) -> Any:
    """Return a figure of what each latent direction does to an image, one row per direction.

    The image in the middle is that of `z`; along a row, `z + a * direction` for the quantiles `a`
    of N(0, 1) from -2.5 to 2.5, at equal steps of probability.

    Args:
        decode: function from latents, float32 `[batch, latent_dim]`, to examples `[batch, ...]`,
            images if no kind is given.
        directions: `[count, latent_dim]`, such as those of `tfgen.gan.latents.sefa_directions`.
        z: the latent to start from, `[latent_dim]`; zeros by default.
        names: of the rows; numbers by default.
        columns: images in a row.
        value_range: of images: the values shown black and white.
        kind: one of `tfgen.kinds`, for examples other than images.

    Returns:
        The kind's sheet of walks; of images a matplotlib Figure.

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
    kind = kind or kinds.Image(value_range)
    return _along(decode, np.tile(z, (count, 1)), directions, names, columns, kind)


def interpolations(
    decode: Callable,
    latents: ArrayLike,
    value_range: tuple[float, float] = (0.0, 1.0),
    kind: kinds.Kind | None = None,
) -> Any:
    """Return a figure of what lies between latents, one row per way.

    Args:
        decode: function from latents, float32 `[batch, latent_dim]`, to examples `[batch, ...]`,
            images if no kind is given.
        latents: `[rows, columns, latent_dim]`, such as those of
            `tfgen.gan.latents.spherical_interpolation`, stacked.
        value_range: of images: the values shown black and white.
        kind: one of `tfgen.kinds`, for examples other than images.

    Returns:
        The kind's sheet of walks; of images a matplotlib Figure.

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
    kind = kind or kinds.Image(value_range)
    return _walks(decode, latents, names, [f"{share:.1f}" for share in shares], kind)


def _along(decode, starts, directions, names, columns, kind):
    """Rows of images from `starts` along `directions`, both [rows, latent_dim]."""
    values = ndtri(np.linspace(ndtr(-2.5), ndtr(2.5), columns))
    latents = starts[:, None] + values[:, None] * directions[:, None]
    signs = ["0" if abs(value) < 0.05 else f"{value:+.1f}" for value in values]
    return _walks(decode, latents, names, signs, kind)


def _walks(decode, latents, row_labels, column_labels, kind):
    """Walks of latents, [rows, columns, latent_dim], decoded and drawn."""
    rows, columns, size = latents.shape
    examples = np.asarray(decode(latents.reshape(-1, size).astype(np.float32)))
    return kind.walks(
        examples.reshape(rows, columns, *examples.shape[1:]), row_labels, column_labels
    )
