"""Drawn sprites of which every factor is known: what interpretability is measured on."""

import functools

import numpy as np

from tfgen.data.arrays import Arrays
from tfgen.data.sizes import checked_size

SHAPES = ("ellipse", "heart", "triangle")
FACTORS = {"shape": 3, "scale": 4, "rotation": 8, "x": 8, "y": 8, "colour": 4}

_SIDES = (32, 64)
_SAMPLES = 8  # on each side of a pixel, of which its coverage is the mean
_TEST_EVERY = 4  # one of so many combinations is for the test
_LARGEST = 7.5 / 32  # of an image's side: the root of the area of the largest sprites
_SCALES = np.linspace(0.55, 1.0, FACTORS["scale"])
_ANGLES = np.linspace(-np.pi / 4, np.pi / 4, FACTORS["rotation"])
# On a bow from amber to blue, so that the two that differ most are the first and the last.
_COLOURS = np.array([(255, 190, 40), (255, 90, 100), (180, 80, 220), (50, 130, 255)], np.float32)
_TALL = 1.7  # the height of the triangle of area 1; one with three equal sides has 1.32


class Sprites(Arrays):
    """Every combination of the factors once, an image each; see `sprite`.

    Six factors, 24,576 images. A quarter, chosen for good, is held out: combinations that were
    never seen, of values that were. The classes are the shapes.

    Args:
        size: of the images, as for `open_source`: 32 or 64, 32 by default.

    Raises:
        ValueError: for another size.

    Example:
        >>> from tfgen.data import open_source
        >>> source = open_source("sprites")
        >>> source.spec.shape, source.spec.counts["test"], source.factors("test").shape
        ((32, 32, 3), 6144, (6144, 6))
        >>> source.spec.factors["rotation"]
        8
    """

    classes = SHAPES
    factors = FACTORS

    def __init__(self, size=None):
        side = _checked_side(size)
        parts = {split: (_drawn(rows, side), rows[:, 0]) for split, rows in _numbers().items()}
        super().__init__(parts, white=255.0, name="sprites")

    def factors_of(self, split):
        """Return the numbers of the factors of each example, int32 `[count, factors]`."""
        return _numbers()[split].copy()


def sprite(shape, scale, rotation, x, y, colour, size=None):
    """Return images of sprites, uint8 `[count, side, side, 3]`, one for each combination.

    A pixel's value is its colour times the share of it that the sprite covers, by 8 x 8 points. A
    sprite moves by whole pixels, so that `x` and `y` shift an image and change nothing else; shapes
    of one scale have the same area. They turn by 45 degrees to either side: none of them looks the
    same at two of these angles, and none looks more like itself at the two ends than in between.
    Squares would, at every quarter of a turn; the triangle has two sides alike and not three.

    Args:
        shape: numbers of `SHAPES`, int `[count]`, like all that follow.
        scale: 0 for the smallest, 3 for the largest.
        rotation: 0 to 7.
        x: 0 on the left to 7 on the right.
        y: 0 at the top to 7 at the bottom.
        colour: 0 to 3, from amber to blue.
        size: of the images, 32 or 64, 32 by default.

    Example:
        >>> sprite([1], [3], [4], [0], [7], [0]).shape
        (1, 32, 32, 3)
    """
    numbers = np.stack([shape, scale, rotation, x, y, colour], axis=-1)
    return _drawn(numbers, _checked_side(size))


def _checked_side(size):
    sides = checked_size(size) or (_SIDES[0],) * 2
    if sides not in [(side, side) for side in _SIDES]:
        raise ValueError(
            f"sprites received size={size}: expected 32 or 64, for the squares that they are drawn "
            "on. Leave size out for 32."
        )
    return sides[0]


@functools.cache
def _numbers():
    """The numbers of the factors in each split, int32 `[count, 6]`."""
    every = np.stack(np.meshgrid(*map(np.arange, FACTORS.values()), indexing="ij"), axis=-1)
    every = every.reshape(-1, len(FACTORS)).astype(np.int32)
    order = np.argsort(np.random.Philox(0).random_raw(len(every)), kind="stable")
    is_test = np.zeros(len(every), bool)
    is_test[order[::_TEST_EVERY]] = True
    return {"train": every[~is_test], "test": every[is_test]}


def _drawn(numbers, side):
    """Images for rows of factors' numbers: windows of canvases."""
    shape, scale, rotation, x, y, colour = np.asarray(numbers).T
    step, canvases = side // 16, _canvases(side)
    windows = np.lib.stride_tricks.sliding_window_view(canvases, (side, side), axis=(4, 5))
    last = windows.shape[4] - 1  # the window that has the sprite at its very left, or top
    found = windows[shape, scale, rotation, colour, last - step * y, last - step * x]
    return np.ascontiguousarray(np.moveaxis(found, 1, -1))  # [count, side, side, 3]


@functools.cache
def _canvases(side):
    """Pictures, uint8 `[shapes, scales, rotations, colours, canvas, canvas, 3]`.

    A canvas is larger than an image by all that a sprite moves; the sprite is in its middle, on a
    patch as large as the largest.
    """
    patch = side * 9 // 16
    margin = (side + (side // 16) * (FACTORS["x"] - 1) - patch) // 2
    points = (np.arange(patch * _SAMPLES) + 0.5) / _SAMPLES - patch / 2
    right, up = np.meshgrid(points, -points)
    turns = [(np.cos(angle), np.sin(angle)) for angle in _ANGLES]
    sizes = _SCALES * _LARGEST * side

    def coverage(inside, size, cos, sin):
        u, v = (cos * right + sin * up) / size, (cos * up - sin * right) / size
        covered = inside(u, v).reshape(patch, _SAMPLES, patch, _SAMPLES).mean(axis=(1, 3))
        return np.pad(covered.astype(np.float32), margin)

    found = [
        [[coverage(inside, size, *turn) for turn in turns] for size in sizes]
        for inside in (_ellipse, _heart, _triangle)
    ]
    coloured = np.array(found)[:, :, :, None, ..., None] * _COLOURS[:, None, None]
    return np.round(coloured).astype(np.uint8)


def _ellipse(u, v):
    """Of area 1, twice as high as wide."""
    return np.pi * (2 * u**2 + 0.5 * v**2) <= 1.0


def _heart(u, v):
    """`(a^2 + b^2 - 1)^3 <= a^2 b^3`, whose area is 3.6662, made one of area 1."""
    a, b = 1.9147 * u, 1.9147 * v
    return (a**2 + b**2 - 1.0) ** 3 <= a**2 * b**3


def _triangle(u, v):
    """Of area 1, its centre of gravity at 0."""
    return (v >= -_TALL / 3) & (np.abs(u) <= (_TALL * 2 / 3 - v) / _TALL**2)
