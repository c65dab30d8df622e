"""Folders of image files, in memory and streamed."""

import time

import numpy as np
import pytest
from PIL import Image

from tfgen.data import examples, images, photos


@pytest.fixture(params=["memory", "streamed"])
def mode(request, monkeypatch):
    """Every test that asks for it runs on both paths."""
    if request.param == "streamed":
        monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    return request.param


def save(path, shape=(6, 5, 3), seed=0, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path


def opened(path, mode="RGB"):
    with Image.open(path) as image:
        return np.asarray(image.convert(mode))


def all_of(dataset):
    parts = list(dataset)
    if isinstance(parts[0], tuple):
        return tuple(np.concatenate([part[i] for part in parts]) for i in range(2))
    return np.concatenate(parts)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".bmp", ".gif", ".JPEG"])
def test_pixels_are_those_of_pillow(tmp_path, mode, suffix):
    paths = [save(tmp_path / f"{i}{suffix}", seed=i) for i in range(5)]
    expected = np.stack([opened(path) for path in paths])
    batch = all_of(images(tmp_path, shuffle=False, batch_size=2))
    np.testing.assert_array_equal(batch, expected.astype(np.float32) / np.float32(255))


def test_gif_gives_its_first_frame(tmp_path):
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    batch = all_of(images(tmp_path, batch_size=1))
    np.testing.assert_array_equal(batch[0, 0, 0], [1, 0, 0])


def test_the_majority_decides_between_greyscale_and_colour(tmp_path, mode):
    colour = save(tmp_path / "b.png", (4, 4, 3))
    for name in "ac":
        save(tmp_path / f"{name}.png", (4, 4))
    batch = all_of(images(tmp_path, batch_size=3, shuffle=False))
    assert batch.shape == (3, 4, 4, 1)
    np.testing.assert_array_equal(batch[1, ..., 0], opened(colour, "L") / np.float32(255))


def test_sub_folders_are_classes_and_splits(tmp_path, mode):
    save(tmp_path / "train" / "b_cat" / "1.png", seed=1)
    save(tmp_path / "train" / "a_dog" / "2.png", seed=2)
    save(tmp_path / "train" / "a_dog" / "deep" / "3.png", seed=3)
    test = save(tmp_path / "test" / "b_cat" / "4.png", seed=4)
    _, train_labels = all_of(images(tmp_path, batch_size=2, labels=True, shuffle=False))
    np.testing.assert_array_equal(train_labels, [0, 0, 1])
    batch, labels = all_of(images(tmp_path, "test", batch_size=2, labels=True))
    np.testing.assert_array_equal(labels, [1])  # though this split has no a_dog
    np.testing.assert_array_equal(batch[0], opened(test) / np.float32(255))


def test_hidden_files_and_folders_are_left_out(tmp_path):
    save(tmp_path / "1.png")
    save(tmp_path / ".thumbnails" / "2.png")
    save(tmp_path / ".3.png")
    (tmp_path / "notes.txt").write_text("no image")
    assert all_of(images(tmp_path, batch_size=4)).shape == (1, 6, 5, 3)


def test_size_cuts_the_centre_and_antialiases(tmp_path, mode):
    """A checkerboard of single pixels becomes even grey; the sides that stick out vanish."""
    board = np.indices((32, 32)).sum(axis=0) % 2 * 255
    wide = np.concatenate([np.zeros((32, 16)), board, np.zeros((32, 16))], axis=1)
    Image.fromarray(wide.astype(np.uint8)).save(tmp_path / "wide.png")
    Image.fromarray(board.astype(np.uint8)).save(tmp_path / "board.png")
    batch = all_of(images(tmp_path, batch_size=2, size=(8, 8)))
    assert batch.shape == (2, 8, 8, 1)
    np.testing.assert_allclose(batch[:, 1:-1, 1:-1], 0.5, atol=0.02)


def test_streaming_shuffles_files_and_sees_each_once(tmp_path, monkeypatch):
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    for i in range(30):
        Image.fromarray(np.full((2, 2), i, np.uint8)).save(tmp_path / f"{i:02d}.png")
    dataset = images(tmp_path, batch_size=8, value_range=(0, 255))
    assert int(dataset.cardinality()) == 4
    orders = [all_of(dataset)[:, 0, 0, 0] for _ in range(2)]
    for order in orders:
        np.testing.assert_allclose(np.sort(order), np.arange(30), atol=1e-4)
    assert not np.array_equal(*orders) and not np.array_equal(orders[0], np.sort(orders[0]))


def test_streaming_decodes_a_bounded_number_of_files_ahead(tmp_path, monkeypatch):
    monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    for i in range(200):
        save(tmp_path / f"{i:03d}.png", (2, 2), seed=i)
    decoded = []
    real = photos.read_image

    def counted(path, *arguments):
        decoded.append(path)
        return real(path, *arguments)

    monkeypatch.setattr(photos, "read_image", counted)
    dataset = images(tmp_path, batch_size=4)
    assert not decoded
    iterator = iter(dataset)
    next(iterator)
    time.sleep(0.3)  # for what is decoded ahead
    assert 4 <= len(decoded) <= 100


def test_a_truncated_file_is_named_at_once(tmp_path, mode):
    path = truncated(tmp_path)
    with pytest.raises(ValueError, match="not a readable image") as caught:
        images(tmp_path, batch_size=1)
    assert str(path) in str(caught.value)


def truncated(folder):
    """A good image and one that breaks off in its pixels, past a good header."""
    save(folder / "1.png", (64, 64, 3))
    path = save(folder / "2.png", (64, 64, 3))
    path.write_bytes(path.read_bytes()[:3000])
    return path


@pytest.mark.parametrize("content", [b"", b"not an image"])
def test_a_file_that_is_no_image_is_named_on_both_paths(tmp_path, mode, content):
    save(tmp_path / "1.png")
    (tmp_path / "2.png").write_bytes(content)
    with pytest.raises(ValueError, match="2.png is not a readable image"):
        images(tmp_path, batch_size=1)


def test_16_bit_pixels_are_refused_not_clipped(tmp_path):
    Image.fromarray(np.full((4, 4), 40_000, np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(ValueError, match="deep.png .*not 8 bits"):
        images(tmp_path, batch_size=1)


def test_the_first_image_of_another_size_is_named(tmp_path, mode):
    save(tmp_path / "1.png")
    save(tmp_path / "2.png", (7, 5, 3))
    save(tmp_path / "3.png", (9, 9, 3))
    with pytest.raises(ValueError, match=r"2.png is 7x5 .* 1.png is 6x5.*size=\(h, w\)"):
        images(tmp_path, batch_size=1)


def test_missing_and_empty_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match="is not a folder"):
        images(tmp_path / "nowhere", batch_size=1)
    with pytest.raises(FileNotFoundError, match="is not a folder"):
        images("./nowhere", batch_size=1)
    with pytest.raises(FileNotFoundError, match="holds no images"):
        images(str(tmp_path), batch_size=1)


def test_unknown_splits_list_those_which_exist(tmp_path):
    save(tmp_path / "flat" / "1.png")
    with pytest.raises(ValueError, match="no split 'test': it has 'train'"):
        images(tmp_path / "flat", "test", batch_size=1)
    save(tmp_path / "split" / "train" / "1.png")
    save(tmp_path / "split" / "validation" / "1.png")
    with pytest.raises(ValueError, match="no split 'test': it has 'train', 'validation'"):
        images(tmp_path / "split", "test", batch_size=1)


def test_loose_images_beside_classes_are_refused(tmp_path):
    save(tmp_path / "cat" / "1.png")
    save(tmp_path / "2.png")
    with pytest.raises(ValueError, match=r"images beside its sub-folders \(first: 2.png\)"):
        images(tmp_path, batch_size=1)


@pytest.mark.parametrize("size", [(8,), (0, 8)])
def test_bad_sizes(tmp_path, size):
    save(tmp_path / "1.png")
    with pytest.raises(ValueError, match=r"expected \(height, width\)"):
        images(tmp_path, batch_size=1, size=size)


def test_size_may_enlarge_here(tmp_path, mode):
    """Sources refuse it, `images` did it from the first."""
    save(tmp_path / "1.png", (6, 6, 3))
    assert all_of(images(tmp_path, batch_size=1, size=9)).shape == (1, 9, 9, 3)
