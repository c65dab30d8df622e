"""Sprites: each factor changes what it says and nothing else."""

import numpy as np
import pytest

from tfgen import data
from tfgen.data.sprites import FACTORS, SHAPES, sprite

MIDDLE = {"shape": 1, "scale": 2, "rotation": 3, "x": 3, "y": 4, "colour": 1}


def along(factor, **changes):
    """Images for each value of a factor, all others as they are, float64."""
    count = FACTORS[factor]
    given = {name: np.full(count, value) for name, value in {**MIDDLE, **changes}.items()}
    return sprite(**{**given, factor: np.arange(count)}).astype(np.float64)


@pytest.fixture(scope="module")
def source():
    return data.open_source("sprites")


def test_a_source_knows_its_factors(source):
    assert source.spec.factors == FACTORS and source.spec.classes == SHAPES
    numbers = np.concatenate([source.factors(split) for split in ("train", "test")])
    assert len(np.unique(numbers, axis=0)) == len(numbers) == np.prod([*FACTORS.values()])
    images, labels = next(iter(source.batches("test", batch_size=50, labels=True)))
    rows = source.factors("test")[:50]
    np.testing.assert_array_equal(labels, rows[:, 0])
    np.testing.assert_array_equal(np.round(images * 255), sprite(*rows.T))


def test_no_two_images_are_the_same(source):
    """Else the factors could not be told from the images."""
    images = np.concatenate([source.collection.parts[split][0] for split in ("train", "test")])
    assert len({image.tobytes() for image in images}) == len(images)


def test_every_value_is_seen_in_both_splits(source):
    for split in ("train", "test"):
        shares = [np.bincount(column) / len(column) for column in source.factors(split).T]
        for share, count in zip(shares, FACTORS.values(), strict=True):
            np.testing.assert_allclose(share, 1 / count, rtol=0.1)


@pytest.mark.parametrize("factor, axis", [("x", 2), ("y", 1)])
def test_places_shift_the_image(factor, axis):
    images = along(factor)
    for a, b in zip(images, images[1:], strict=False):
        np.testing.assert_array_equal(np.roll(a, 2, axis - 1), b)


def test_scales_and_shapes_have_the_areas_they_say():
    areas = [along("scale", shape=shape, colour=0)[..., 0].sum((1, 2)) / 255 for shape in range(3)]
    roots = 7.5 * np.linspace(0.55, 1.0, 4)
    np.testing.assert_allclose(areas, np.tile(roots**2, (3, 1)), rtol=0.01)


@pytest.mark.parametrize("shape", range(3))
def test_turned_shapes_differ_most_at_the_ends_of_the_range(shape):
    images = along("rotation", shape=shape, scale=3, colour=0)[..., 0] / 255
    overlap = np.array([np.minimum(images[0], other).sum() / other.sum() for other in images])
    assert (np.diff(overlap[:6]) < 0).all() and overlap[-1] < overlap[3] and overlap[1] > 0.8
    # Turned about its middle: the centre of gravity of an ellipse or a triangle stays.
    if SHAPES[shape] != "heart":
        rows, columns = np.indices(images[0].shape) + 0.5
        centre = [(images * place).sum((1, 2)) / images.sum((1, 2)) for place in (rows, columns)]
        np.testing.assert_allclose(centre, np.array([[17.0], [15.0]]) + np.zeros(8), atol=0.05)


def test_an_ellipse_covers_what_geometry_says():
    """Each pixel against the exact area, by much finer points."""
    image = along("rotation", shape=0, scale=3, colour=0)[0, :, :, 0] / 255
    points = (np.arange(32 * 64) + 0.5) / 64
    x, y = np.meshgrid(points - 15.0, 17.0 - points)
    u, v = (x + y) / np.sqrt(2) / 7.5, (y - x) / np.sqrt(2) / 7.5
    inside = np.pi * (2 * v**2 + 0.5 * u**2) <= 1.0
    exact = inside.reshape(32, 64, 32, 64).mean((1, 3))
    np.testing.assert_allclose(image, exact, atol=0.06)


def test_colours_lie_on_a_bow():
    colours = along("colour").max((1, 2))
    steps = np.linalg.norm(colours[:, None] - colours, axis=-1)
    assert (np.diff(steps[0]) > 0).all()


def test_sprites_are_drawn_at_twice_the_side():
    small, large = sprite([2], [3], [2], [1], [6], [0]), sprite([2], [3], [2], [1], [6], [0], 64)
    halved = large.astype(float).reshape(1, 32, 2, 32, 2, 3).mean((2, 4))
    assert np.abs(halved - small).mean() < 1.0


def test_bad_requests_are_told_in_one_line(source):
    with pytest.raises(ValueError, match=r"size=\(48, 48\): expected 32 or 64[^\n]*$"):
        data.open_source("sprites", size=48)
    with pytest.raises(ValueError, match=r"no split 'validation'[^\n]*$"):
        source.factors("validation")
    with pytest.raises(ValueError, match=r"^digits has no known factors[^\n]*$"):
        data.open_source("digits").factors("test")
    with pytest.raises(ValueError, match=r"^ring has no known factors[^\n]*$"):
        data.open_source("ring").factors("test")
