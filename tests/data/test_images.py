"""The contract of `images`: values, order, epochs, binarisation."""

import numpy as np
import pytest
import tensorflow as tf

from tfgen.data import examples, image_shape, images, shuffling

COUNT = 50
PERMUTATION = [2, 4, 0, 6, 5, 7, 1, 3]
NOISE_SEED = [7759231176004402327, 4020306563383505556]
DYNAMIC = "1001011110000111"
STATIC = "0100010000110100"


@pytest.fixture
def pixels():
    """Fifty different uint8 images, 4x3x1; the first pixel of image i is i."""
    array = np.random.default_rng(0).integers(0, 256, (COUNT, 4, 3, 1), dtype=np.uint8)
    array[:, 0, 0, 0] = np.arange(COUNT)
    return array


def one_pass(dataset):
    return [batch.numpy() for batch in dataset]


def passes(dataset, count):
    return [np.concatenate(one_pass(dataset)) for _ in range(count)]


def assert_same(first, second):
    assert len(first) == len(second)
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


def test_uint8_pixels_are_divided_by_255(pixels):
    (batch,) = one_pass(images(pixels, batch_size=COUNT, shuffle=False))
    assert batch.dtype == np.float32
    np.testing.assert_array_equal(batch, pixels.astype(np.float32) / np.float32(255))


def test_float_pixels_pass_unchanged_and_rank_3_gains_a_channel():
    array = np.random.default_rng(1).random((5, 4, 3))
    (batch,) = one_pass(images(array, "test", batch_size=5))
    np.testing.assert_array_equal(batch, array.astype(np.float32)[..., None])


@pytest.mark.parametrize("value_range", [(-1.0, 1.0), (0.0, 255.0), (0.25, 0.75)])
def test_value_range_maps_black_and_white_exactly(value_range):
    array = np.array([0, 51, 255], np.uint8).reshape(1, 1, 3, 1)
    (batch,) = one_pass(images(array, batch_size=1, value_range=value_range))
    low, high = value_range
    assert batch.min() == low and batch.max() == high
    np.testing.assert_allclose(batch[0, 0, 1, 0], low + 0.2 * (high - low), rtol=1e-6)


def test_labels_stay_with_their_images(pixels):
    labels = np.arange(COUNT) * 3
    for batch, classes in images((pixels, labels), batch_size=7, labels=True):
        assert classes.dtype == tf.int32
        first = np.round(batch.numpy()[:, 0, 0, 0] * 255).astype(int)
        np.testing.assert_array_equal(classes, first * 3)


def test_every_image_comes_once_per_epoch_with_a_smaller_last_batch(pixels):
    dataset = images(pixels, batch_size=16)
    assert int(dataset.cardinality()) == 4
    for _ in range(3):
        batches = one_pass(dataset)
        assert [len(batch) for batch in batches] == [16, 16, 16, 2]
        first = np.sort(np.concatenate(batches)[:, 0, 0, 0])
        np.testing.assert_array_equal(first, np.arange(COUNT, dtype=np.float32) / np.float32(255))


def test_drop_remainder_gives_whole_batches_of_a_static_shape(pixels):
    dataset = images(pixels, batch_size=16, drop_remainder=True)
    assert int(dataset.cardinality()) == 3
    assert dataset.element_spec.shape == (16, 4, 3, 1)
    assert [len(batch) for batch in one_pass(dataset)] == [16, 16, 16]


def test_element_spec_without_iterating(pixels):
    dataset = images((pixels, np.zeros(COUNT, int)), batch_size=16, labels=True)
    image, label = dataset.element_spec
    assert (image.shape.as_list(), image.dtype) == ([None, 4, 3, 1], tf.float32)
    assert (label.shape.as_list(), label.dtype) == ([None], tf.int32)
    assert image_shape(dataset) == image_shape(images(pixels, batch_size=1)) == (4, 3, 1)


def test_shuffle_by_default_for_train_splits_only(pixels):
    straight = pixels.astype(np.float32) / np.float32(255)
    np.testing.assert_array_equal(passes(images(pixels, "test", batch_size=8), 1)[0], straight)
    np.testing.assert_array_equal(
        passes(images(pixels, shuffle=False, batch_size=8), 2)[1], straight
    )
    assert not np.array_equal(passes(images(pixels, batch_size=8), 1)[0], straight)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("binarize", [None, "dynamic", "static"])
def test_epochs_differ_repeat_and_resume_bit_for_bit(
    pixels, binarize, streamed, tmp_path, monkeypatch
):
    where = pixels
    if streamed:
        where = save_folder(pixels, tmp_path)
        monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)

    def dataset(**options):
        return images(where, batch_size=16, binarize=binarize, seed=5, **options)

    tf.random.set_seed(1)
    whole = passes(dataset(), 3)
    tf.random.set_seed(2)  # must not matter
    assert_same(whole[:2], passes(dataset(), 2))
    assert_same(whole[2:], passes(dataset(first_epoch=2), 1))
    assert not np.array_equal(whole[0], whole[1]) and not np.array_equal(whole[1], whole[2])


def save_folder(pixels, folder):
    from PIL import Image

    for i, image in enumerate(pixels):
        Image.fromarray(image[..., 0]).save(folder / f"{i:03d}.png")
    return folder


def test_seeds_give_different_orders_and_noise(pixels):
    grey = np.full_like(pixels, 128)
    for array, options in ((pixels, {}), (grey, {"binarize": "dynamic"})):
        first, other = (passes(images(array, batch_size=9, seed=s, **options), 1) for s in (0, 1))
        assert not np.array_equal(first[0], other[0])


def test_a_glance_does_not_use_up_an_epoch(pixels):
    expected = passes(images(pixels, batch_size=16), 2)
    dataset = images(pixels, batch_size=16)
    for _ in range(3):
        next(iter(dataset))
    assert_same(expected, passes(dataset, 2))


def test_permutations_are_uniform():
    """Each of the 6 orders of 3 images comes up with probability 1/6."""
    draws = 600
    keys = (shuffling.key(0, shuffling.ORDER, epoch) for epoch in range(draws))
    orders = [tuple(shuffling.permutation(key, 3).numpy()) for key in keys]
    counts = np.array([orders.count(order) for order in set(orders)])
    assert len(counts) == 6
    chi_squared = np.sum((counts - draws / 6) ** 2) / (draws / 6)
    assert chi_squared < 25.7  # the 0.9999 quantile with 5 degrees of freedom


def test_order_and_noise_are_frozen():
    """A training that resumes under another version must see the same batches."""
    key = shuffling.key(1, shuffling.ORDER, 2)
    assert shuffling.permutation(key, 8).numpy().tolist() == PERMUTATION
    assert shuffling.noise_seed(key).numpy().tolist() == NOISE_SEED
    grey = np.full((1, 4, 4), 128, np.uint8)
    for binarize, expected in (("dynamic", DYNAMIC), ("static", STATIC)):
        (draw,) = passes(images(grey, batch_size=1, binarize=binarize, seed=1), 1)
        assert "".join(str(int(pixel)) for pixel in draw.ravel()) == expected


@pytest.mark.parametrize("binarize", ["dynamic", "static"])
def test_binarized_means_are_the_intensities(binarize):
    """Within 5 standard errors for every intensity; black and white exactly."""
    levels = np.arange(0, 256, 15, dtype=np.uint8)
    count = 20_000
    array = np.broadcast_to(levels, (count, 1, len(levels)))
    (draw,) = passes(images(array, batch_size=1000, binarize=binarize), 1)
    assert set(np.unique(draw)) == {0.0, 1.0}
    p = levels / 255
    error = 5 * np.sqrt(p * (1 - p) / count)
    assert np.all(np.abs(draw.mean(axis=(0, 1, 3)) - p) <= error)
    assert np.all(draw[:, 0, 0] == 0) and np.all(draw[:, 0, -1] == 1)


def test_dynamic_noise_is_independent_between_epochs_batches_and_pixels():
    """Correlations of fair coins stay within 5 standard errors of zero."""
    grey = np.full((256, 8, 8), 0.5)
    dataset = images(grey, batch_size=128, binarize="dynamic", shuffle=False)
    first, second = (epoch.ravel() * 2 - 1 for epoch in passes(dataset, 2))
    halves = first.reshape(2, -1)
    bound = 5 / np.sqrt(halves.shape[1])
    assert abs(np.mean(first * second)) < bound
    assert abs(np.mean(halves[0] * halves[1])) < bound
    assert abs(np.mean(first[1:] * first[:-1])) < bound


@pytest.mark.parametrize("streamed", [False, True])
def test_static_draw_is_the_same_in_every_epoch_and_batch_size(
    pixels, streamed, tmp_path, monkeypatch
):
    in_memory = images(pixels, "test", batch_size=7, binarize="static", seed=3)
    expected, again = passes(in_memory, 2)
    np.testing.assert_array_equal(expected, again)
    where = save_folder(pixels, tmp_path) if streamed else pixels
    if streamed:
        monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    other = images(where, shuffle=False, batch_size=32, binarize="static", seed=3)
    np.testing.assert_array_equal(passes(other, 1)[0], expected)


def test_digits_are_frozen_and_stratified():
    seen = []
    for split, count in (("train", 1437), ("test", 360)):
        dataset = images("digits", split, batch_size=count, labels=True, shuffle=False)
        (batch,) = list(dataset)
        assert batch[0].shape == (count, 8, 8, 1)
        np.testing.assert_array_equal(np.unique(batch[0]), np.arange(17) / np.float32(16))
        share = np.bincount(batch[1]) / count
        np.testing.assert_allclose(share, 0.1, atol=0.004)
        seen += [image.tobytes() for image in batch[0].numpy()]
    from sklearn.datasets import load_digits

    everything = load_digits().images.astype(np.float32) / 16
    assert sorted(seen) == sorted(image.tobytes() for image in everything)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"binarize": "stochastic"}, "binarize='stochastic': expected None"),
        ({"binarize": "dynamic", "value_range": (-1, 1)}, "binary images are 0 and 1"),
        ({"value_range": (1, 0)}, "black below white"),
        ({"value_range": (0, float("nan"))}, "black below white"),
        ({"batch_size": 0}, "batch_size=0: expected an integer from 1"),
        ({"batch_size": 2.5}, "batch_size=2.5"),
        ({"seed": -1}, "seed=-1"),
        ({"first_epoch": -1}, "first_epoch=-1"),
        ({"size": (8, 8)}, "size is for folders and TFDS"),
        ({"labels": True}, "labels=True for data without labels"),
        ({"batch_size": 51, "drop_remainder": True}, "not one batch"),
    ],
)
def test_bad_options_are_refused_in_one_line(pixels, options, message):
    with pytest.raises(ValueError, match=message) as caught:
        images(pixels, **{"batch_size": 8, **options})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros(4), r"shape \(4,\): expected images \[n, h, w\]"),
        (np.zeros((4, 4)), r"vectors of shape \(4,\): expected images"),
        (np.zeros((0, 4, 4)), r"shape \(0, 4, 4\)"),
        (np.zeros((2, 4, 4), np.int64), "dtype int64: expected uint8"),
        (np.full((2, 4, 4), 1.5), "floats from 1.5 to 1.5"),
        (np.linspace(-1, 1, 32).reshape(2, 4, 4), "floats from -1 to 1"),
        (np.array([0.5, np.nan, np.nan, 1]).reshape(1, 2, 2), "2 NaN pixels of 4"),
        (np.array([0.5, np.inf]).reshape(1, 1, 2), "floats from 0.5 to inf"),
        ((np.zeros((3, 4, 4)), np.zeros(2, int)), r"labels of shape \(2,\) for 3 examples"),
        ((np.zeros((3, 4, 4)), np.zeros((3, 2), int)), r"labels of shape \(3, 2\)"),
        ((np.zeros((3, 4, 4)), np.zeros(3)), "dtype float64"),
        ((np.zeros((3, 4, 4)), np.array([0, 1, -1])), "from -1"),
    ],
)
def test_bad_arrays_are_refused_in_one_line(array, message):
    with pytest.raises(ValueError, match=message) as caught:
        images(array, batch_size=1)
    assert "\n" not in str(caught.value)


def test_unknown_split_of_digits_lists_those_which_exist():
    with pytest.raises(ValueError, match="no split 'valid': it has 'train', 'test'"):
        images("digits", "valid", batch_size=1)
