"""Mirrored and shifted images: the right pixels, at the right rates, and again on resume."""

import numpy as np
import pytest

from tfgen.data import examples, images, open_source

COUNT = 64


@pytest.fixture
def pixels():
    """Different uint8 images, 6x5x3, of which the first pixel of image i is i."""
    array = np.random.default_rng(0).integers(0, 256, (COUNT, 6, 5, 3), np.uint8)
    array[:, 0, 0, 0] = np.arange(COUNT)
    return array


def epochs_of(pixels, count, first_epoch=0, batch_size=16, **options):
    source = open_source(((pixels, np.arange(len(pixels))), (pixels[:2], np.arange(2))))
    options = {"value_range": (0.0, 255.0), **options}
    dataset = source.batches(
        "train", batch_size=batch_size, first_epoch=first_epoch, labels=True, **options
    )
    return [
        [np.concatenate(part) for part in zip(*[(x, y) for x, y in dataset], strict=True)]
        for _ in range(count)
    ]


def test_flipped_images_are_mirrored_or_themselves_half_each(pixels):
    mirrored = 0
    for batch, labels in epochs_of(pixels, 8, flip=True):
        for image, label in zip(np.round(batch), labels, strict=True):
            original = pixels[label]
            same, mirror = ((image == each).all() for each in (original, original[:, ::-1]))
            assert same != mirror
            mirrored += mirror
    draws = 8 * COUNT
    assert abs(mirrored - draws / 2) < 5 * np.sqrt(draws) / 2


@pytest.mark.parametrize("crop", [1, 2, 3])
def test_crops_are_windows_of_the_image_padded_by_reflection(pixels, crop):
    """Each of the (2 crop + 1)**2 windows comes up at its rate."""
    padded = np.pad(pixels, [(0, 0), (crop, crop), (crop, crop), (0, 0)], mode="reflect")
    places = np.zeros((2 * crop + 1, 2 * crop + 1))
    for batch, labels in epochs_of(pixels, 8, crop=crop):
        for image, label in zip(np.round(batch), labels, strict=True):
            windows = np.lib.stride_tricks.sliding_window_view(padded[label], (6, 5), (0, 1))
            hits = np.argwhere((windows == image.transpose(2, 0, 1)).all(axis=(2, 3, 4)))
            assert len(hits) == 1
            places[tuple(hits[0])] += 1
    expected = 8 * COUNT / places.size
    assert np.sum((places - expected) ** 2) / expected < places.size + 5 * np.sqrt(2 * places.size)


def test_the_draw_depends_on_seed_epoch_and_image_only(pixels):
    def by_label(epoch):
        batch, labels = epoch
        return batch[np.argsort(labels)]

    options = {"flip": True, "crop": 2}
    whole = epochs_of(pixels, 3, **options)
    resumed = epochs_of(pixels, 1, first_epoch=2, **options)
    np.testing.assert_array_equal(whole[2][0], resumed[0][0])
    other_batches = epochs_of(pixels, 1, batch_size=10, shuffle=False, **options)
    np.testing.assert_array_equal(by_label(whole[0]), by_label(other_batches[0]))
    assert not np.array_equal(by_label(whole[0]), by_label(whole[1]))
    other_seed = epochs_of(pixels, 1, seed=1, **options)
    assert not np.array_equal(by_label(whole[0]), by_label(other_seed[0]))


def test_flips_and_crops_are_independent(pixels):
    """Mirrored images are shifted to either side equally often: within 5 standard errors."""
    ramp = np.broadcast_to(np.arange(9, dtype=np.uint8), (2000, 9, 9))[..., None]
    ramp = ramp * np.uint8(20)
    (batch,) = epochs_of(ramp, 1, flip=True, crop=1, batch_size=2000)[0][:1]
    middle = batch[:, 4, 3:6, 0] / 20
    mirrored = middle[:, 0] > middle[:, 2]
    shift = np.where(mirrored, -1, 1) * (middle[:, 1] - 4)
    assert abs(np.mean(shift[mirrored]) - np.mean(shift[~mirrored])) < 5 * np.sqrt(2 / 3 / 500)


def test_streamed_images_are_changed_alike(pixels, tmp_path, monkeypatch):
    file = tmp_path / "pixels.npy"
    np.save(file, pixels)
    options = {"batch_size": 16, "flip": True, "crop": 1}
    held = [batch.numpy() for batch in open_source(file).batches("train", **options)]
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    streamed = [batch.numpy() for batch in open_source(file).batches("train", **options)]
    for one, other in zip(held, streamed, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("binarize", ["static", "dynamic"])
def test_binary_images_stay_binary(pixels, binarize):
    (epoch,) = epochs_of(pixels, 1, flip=True, crop=1, binarize=binarize, value_range=(0.0, 1.0))
    assert set(np.unique(epoch[0])) == {0.0, 1.0}


def test_without_options_batches_are_those_of_images(pixels):
    source = open_source(((pixels, np.zeros(COUNT, int)), (pixels, np.zeros(COUNT, int))))
    plain, same = (
        list(dataset)
        for dataset in (
            images(pixels, batch_size=16, seed=3),
            source.batches("train", batch_size=16, seed=3, flip=False, crop=0),
        )
    )
    for one, other in zip(plain, same, strict=True):
        np.testing.assert_array_equal(one, other)
