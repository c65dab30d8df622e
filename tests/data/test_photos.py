"""Photos as people keep them: turned, of many endings, in colour and not, beside other files."""

import os

import numpy as np
import pytest
from PIL import Image

from tfgen.data import examples, open_source, photos

TURNED = {5, 6, 7, 8}  # Exif's orientations that swap height and width


@pytest.fixture(params=["memory", "streamed"])
def mode(request, monkeypatch):
    """Every test that asks for it runs on both paths."""
    if request.param == "streamed":
        monkeypatch.setattr(examples, "MEMORY_LIMIT", 0)
    return request.param


def save(path, shape=(8, 8, 3), seed=0, **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return pixels


def fill(folder, count=10, shape=(8, 8, 3), suffix=".png"):
    for i in range(count):
        save(folder / f"{i}{suffix}", shape, seed=i)
    return folder


def everything(source):
    """All images of both splits, uint8, those to train on first."""
    dataset = [
        source.batches(split, batch_size=4, shuffle=False, value_range=(0.0, 255.0))
        for split in ("train", "test")
    ]
    return np.round(np.concatenate([np.concatenate(list(each)) for each in dataset]))


def turned_upright(pixels, orientation):
    """What Exif's standard says row 0 and column 0 of the stored pixels are."""
    return {
        1: pixels, 2: pixels[:, ::-1], 3: pixels[::-1, ::-1], 4: pixels[::-1],
        5: pixels.swapaxes(0, 1), 6: pixels.swapaxes(0, 1)[:, ::-1],
        7: pixels[::-1, ::-1].swapaxes(0, 1), 8: pixels.swapaxes(0, 1)[::-1],
    }[orientation]  # fmt: skip


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_turned_upright(tmp_path, orientation, suffix):
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"exif": exif, **({"lossless": True} if suffix == ".webp" else {})}
    pixels = save(tmp_path / f"a{suffix}", (6, 4, 3), **options)
    header = photos.header(tmp_path / f"a{suffix}")
    assert (header.height, header.width) == ((4, 6) if orientation in TURNED else (6, 4))
    image = photos.read_image(tmp_path / f"a{suffix}", 3)
    np.testing.assert_array_equal(image, turned_upright(pixels, orientation))


def test_turned_jpegs_have_one_size_with_upright_ones(tmp_path, mode):
    exif = Image.Exif()
    exif[0x0112] = 6
    save(tmp_path / "turned.jpg", (6, 4, 3), exif=exif)
    save(tmp_path / "upright.jpg", (4, 6, 3), seed=1)
    source = open_source(tmp_path)
    assert source.spec.shape == (4, 6, 3)
    assert everything(source).shape == (2, 4, 6, 3)


@pytest.mark.parametrize("suffix", sorted(photos.SUFFIXES))
def test_every_ending_is_read(tmp_path, suffix):
    source = open_source(fill(tmp_path, suffix=suffix))
    assert everything(source).shape == (10, 8, 8, 3)
    assert source.notes == ()


def test_the_usual_endings_are_among_them():
    usual = {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff"}
    assert usual <= photos.SUFFIXES


def test_other_endings_are_counted_in_a_note(tmp_path):
    fill(tmp_path)
    for name in ("a.heic", "b.HEIC", "c.heic", "notes.txt", "README"):
        (tmp_path / name).write_text("no image")
    source = open_source(tmp_path)
    assert source.notes == ("left out: 3 .heic, 1 .txt, 1 without an ending",)
    assert sum(source.spec.counts.values()) == 10


def test_folders_of_the_system_and_empty_ones_are_no_classes(tmp_path):
    for name in ("cat", "dog"):
        fill(tmp_path / name)
    fill(tmp_path / "__MACOSX")
    fill(tmp_path / ".ipynb_checkpoints")
    (tmp_path / "empty").mkdir()
    for name in (".DS_Store", "Thumbs.db", "desktop.ini"):
        (tmp_path / "cat" / name).write_text("")
    source = open_source(tmp_path)
    assert source.spec.classes == ("cat", "dog")
    assert sum(source.spec.counts.values()) == 20
    assert source.notes == ()


def test_the_majority_decides_on_colour_and_a_note_says_so(tmp_path, mode):
    fill(tmp_path, 3)
    save(tmp_path / "0.png", (8, 8))
    source = open_source(tmp_path)
    assert source.spec.shape == (8, 8, 3)
    assert source.notes == ("1 of 3 images are grey; all are read as colour",)
    save(tmp_path / "1.png", (8, 8))
    source = open_source(tmp_path)
    assert source.spec.shape == (8, 8, 1)
    assert source.notes == ("1 of 3 images are in colour; all are read as grey",)


def test_cmyk_palettes_and_transparency(tmp_path, mode):
    pixels = np.random.default_rng(0).integers(0, 256, (8, 8, 4), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "clear.png")
    Image.fromarray(pixels, "CMYK").save(tmp_path / "print.tif")
    palette = Image.fromarray(pixels[..., :3]).quantize(16)
    palette.save(tmp_path / "palette.png")
    source = open_source(tmp_path)
    assert source.notes == ("the transparency of 1 images was dropped",)
    found = {image.tobytes() for image in everything(source)}
    expected = [pixels[..., :3], palette.convert("RGB"),
                Image.fromarray(pixels, "CMYK").convert("RGB")]  # fmt: skip
    assert found == {np.asarray(each, np.float32).tobytes() for each in expected}


def test_files_that_would_hang_are_left_out(tmp_path):
    fill(tmp_path)
    os.mkfifo(tmp_path / "b.png")
    (tmp_path / "broken.png").symlink_to(tmp_path / "nowhere.png")
    source = open_source(tmp_path)
    (note,) = source.notes
    assert "no regular file (b.png)" in note and "no regular file (broken.png)" in note


def test_links_to_folders_are_followed_and_do_not_run_in_circles(tmp_path):
    elsewhere = fill(tmp_path / "elsewhere")
    root = tmp_path / "root"
    fill(root / "here", 3)
    (root / "there").symlink_to(elsewhere)
    (root / "here" / "up").symlink_to(root)
    source = open_source(root)
    assert source.spec.classes == ("here", "there")
    assert sum(source.spec.counts.values()) == 13


def test_one_class_is_no_class(tmp_path):
    source = open_source(fill(tmp_path / "faces").parent)
    assert source.spec.classes == () and source.spec.num_classes is None
    assert source.notes == ("one class only (faces): trained without labels",)
    with pytest.raises(ValueError, match="has no classes"):
        source.batches("train", batch_size=2, labels=True)


def test_splits_and_classes(tmp_path):
    for split in ("train", "val"):
        for name in ("cat", "dog"):
            fill(tmp_path / split / name, 5)
    (tmp_path / "LICENCE").write_text("free")
    source = open_source(tmp_path)
    assert dict(source.spec.counts) == {"train": 10, "test": 10}
    assert source.notes == (
        "left out, beside train, validation: LICENCE",
        "no test split: the validation split is held out",
    )


@pytest.mark.parametrize("size", [16, (16, 16), "16", "16x16", [16, 16], np.int64(16)])
def test_sizes_as_people_write_them(tmp_path, size):
    fill(tmp_path, 3, (32, 20, 3))
    assert open_source(tmp_path, size).spec.shape == (16, 16, 3)


def test_height_comes_before_width(tmp_path):
    fill(tmp_path, 3, (32, 20, 3))
    assert open_source(tmp_path, "24x16").spec.shape == (24, 16, 3)


def test_small_images_are_counted_and_the_smallest_named(tmp_path):
    fill(tmp_path, 3, (32, 32, 3))
    save(tmp_path / "a.png", (12, 20, 3))
    save(tmp_path / "b.png", (14, 9, 3))
    with pytest.raises(
        ValueError, match="2 of 5 images smaller than 16x16, the smallest 14x9"
    ) as e:
        open_source(tmp_path, 16)
    assert "at most 12x9" in str(e.value)
    assert open_source(tmp_path, "12x9").spec.shape == (12, 9, 3)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".gif", ".bmp", ".webp", ".tif"])
@pytest.mark.parametrize("share", [0.3, 0.95])
def test_truncated_files_are_named_before_training(tmp_path, mode, suffix, share):
    fill(tmp_path, 3, (64, 64, 3), suffix)
    path = tmp_path / f"1{suffix}"
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match=f"1{suffix} is not a readable image"):
        open_source(tmp_path)


def test_trailing_bytes_do_no_harm(tmp_path, mode):
    """As phones append films to their photos."""
    fill(tmp_path, 3, suffix=".jpg")
    with open(tmp_path / "1.jpg", "ab") as file:
        file.write(b"a film" * 1000)
    assert everything(open_source(tmp_path)).shape == (3, 8, 8, 3)


def test_all_bad_files_are_counted(tmp_path):
    fill(tmp_path)
    for i in (3, 5):
        (tmp_path / f"{i}.png").write_bytes(b"")
    with pytest.raises(ValueError, match="has 2 files that cannot be read; the first: .*3.png"):
        open_source(tmp_path)


def test_names_beyond_ascii(tmp_path, mode):
    save(tmp_path / "Bär für Öl.png")
    save(tmp_path / os.fsdecode(b"not utf8 \xff.png"), seed=1)
    assert len(everything(open_source(tmp_path))) == 2


def test_what_was_found_in_one_line(tmp_path):
    for name in ("circles", "squares"):
        fill(tmp_path / name)
    source = open_source(tmp_path, holdout=0.2)
    train, test = source.spec.counts["train"], source.spec.counts["test"]
    words = source.spec.kind.described((8, 8, 3))
    assert source.describe() == (
        f"found: 20 {words}, 2 classes (circles, squares), {train} to train, {test} held out"
    )
