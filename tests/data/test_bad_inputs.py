"""Whatever cannot be trained on is refused, in one line that says what to do."""

import io
import os
import re
import socket
import zipfile

import numpy as np
import pytest
from PIL import Image

from tfgen.data import open_source

GREY = np.random.default_rng(0).integers(0, 256, (12, 6, 6), np.uint8)
FLOATS = GREY / 255.0
COUNT = np.arange(12)


def opening(data, message, **options):
    """A case of data as they are."""
    return (lambda folder: open_source(data, **options)), message


def with_folder(fill, message, **options):
    """A case of a folder that `fill` fills."""

    def run(folder):
        fill(folder)
        open_source(folder, **options)

    return run, message


def with_file(name, write, message, **options):
    """A case of a file that `write` writes."""

    def run(folder):
        write(folder / name)
        open_source(folder / name, **options)

    return run, message


def batching(message, data=(GREY, COUNT % 3), split="train", **options):
    """A case of batches asked for."""
    options = {"batch_size": 4, **options}
    return (lambda folder: open_source(data).batches(split, **options)), message


def photos(*names, shape=(6, 6, 3)):
    """The function that fills a folder with images."""

    def fill(folder):
        for i, name in enumerate(names):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full(shape, 20 * i, np.uint8)).save(path)

    return fill


def both(*fills):
    return lambda folder: [fill(folder) for fill in fills]


def files(**contents):
    """The function that writes files; the last _ of a name stands for its dot."""

    def fill(folder):
        for name, content in contents.items():
            (folder / ".".join(name.rsplit("_", 1))).write_bytes(content)

    return fill


def archive(**arrays):
    return lambda path: np.savez(path, **arrays)


TEXTS = {f"note{i}_txt": b"text" for i in range(5)}
DEEP = np.full((4, 4), 40_000, np.uint16)

CASES = {
    # data
    "a name that is none": opening("nmist", "'nmist' is no data set: expected .*similar: mnist"),
    "an empty name": opening("", "is no data set"),
    "a name with spaces": opening("my photos", "'my photos' is no data set"),
    "a name that is an address": opening("https://a.b/c", "'https://a.b/c' is no data set"),
    "a config that is none": opening("mnist/nothing", "'mnist/nothing' cannot be opened"),
    "a set that is not here": opening("mnist", "not in .* could not be downloaded", data_dir="."),
    "None": opening(None, r"shape \(\): expected images"),
    "a number": opening(3, r"shape \(\): expected images"),
    "words": opening(["a", "b"], r"shape \(\): expected images"),
    "a dict": opening({"x": GREY}, r"shape \(\): expected images"),
    "a folder that is none": opening("./nowhere", "nowhere is not a folder"),
    "an archive that is none": opening("./nowhere.npz", "nowhere.npz is not a file"),
    "an image": with_file(
        "a.png", lambda path: Image.new("L", (4, 4)).save(path), "a.png is a file: expected"
    ),
    "a packed folder": with_file("a.zip", lambda p: p.write_bytes(b"PK"), "is a file.*unpack"),
    # holdout and size
    "holdout 0": opening(GREY, "holdout=0: expected the share", holdout=0),
    "holdout 1": opening(GREY, "holdout=1: expected the share", holdout=1),
    "holdout of 100": opening(GREY, "holdout=100: expected", holdout=100),
    "holdout nan": opening(GREY, "holdout=nan: expected", holdout=float("nan")),
    "holdout text": opening(GREY, "holdout='10%': expected", holdout="10%"),
    "size of arrays": opening(GREY, "size is for folders and TFDS", size=8),
    "size of digits": opening("digits", "size is for folders and TFDS", size=8),
    "size of points": opening("ring", "size is for folders and TFDS", size=8),
    "size 0": with_folder(photos("a.png", "b.png"), "size=0: expected", size=0),
    "size of three": with_folder(photos("a.png"), r"size=\(8, 8, 3\): exp", size=(8, 8, 3)),
    "size of words": with_folder(photos("a.png"), "size='large': expected", size="large"),
    "size with a comma": with_folder(photos("a.png"), "size='64,48': expected", size="64,48"),
    "size of a fraction": with_folder(photos("a.png"), "size=6.5: expected", size=6.5),
    "size True": with_folder(photos("a.png"), "size=True: expected", size=True),
    "size -8": with_folder(photos("a.png"), "size='-8': expected", size="-8"),
    "size beyond": with_folder(
        photos("a.png", "b.png"), "2 of 2 images smaller than 64x64, the smallest 6x6", size=64
    ),
    # folders
    "an empty folder": with_folder(lambda folder: None, "holds no images: expected files ending"),
    "texts only": with_folder(files(**TEXTS), r"holds no images \(it has 5 .txt\)"),
    "hidden images only": with_folder(photos(".a.png", "__MACOSX/b.png"), "holds no images"),
    "more texts than images": with_folder(
        both(photos("a.png"), files(**TEXTS)), "1 images beside 5 files .txt: expected one kind"
    ),
    "more sounds than images": with_folder(
        both(photos("a.png", "b.png"), files(a_wav=b"", b_wav=b"", c_wav=b"")), "3 files .wav"
    ),
    "images beside classes": with_folder(
        photos("cat/a.png", "b.png"), r"images beside its sub-folders \(first: b.png\)"
    ),
    "a test split only": with_folder(photos("test/a.png"), "no split 'train': it has 'test'"),
    "an empty test split": with_folder(
        both(photos("train/a.png"), lambda folder: (folder / "test").mkdir()), "no images in test"
    ),
    "two validation splits": with_folder(
        photos("train/a.png", "val/b.png", "valid/c.png"), "folders val and valid: expected one"
    ),
    "different sizes": with_folder(
        both(photos("a.png"), photos("b.png", shape=(8, 6, 3))), "b.png is 8x6 .* a.png is 6x6"
    ),
    "one image": with_folder(photos("a.png"), "expected two different ones at least"),
    "copies of one image": with_folder(
        both(photos("a.png"), photos("b.png"), photos("c.png")), "two different ones at least"
    ),
    "an empty file": with_folder(
        both(photos("a.png"), files(b_png=b"")), "b.png is not a readable image"
    ),
    "no image by its content": with_folder(
        both(photos("a.png"), files(b_jpg=b"<html>")), "b.jpg is not a readable image"
    ),
    "16 bits": with_folder(
        both(photos("b.png"), lambda folder: Image.fromarray(DEEP).save(folder / "deep.png")),
        "deep.png .*not 8 bits",
    ),
    "a bomb": with_folder(
        both(photos("a.png"), lambda folder: (folder / "b.gif").write_bytes(
            b"GIF89a\xff\xff\xff\xff\x00\x00\x00\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00\x08\x00\x3b"
        )),
        "b.gif is not a readable image",
    ),
    # NumPy files
    "npy that is none": with_file("a.npy", lambda p: p.write_bytes(b"x"), "npy is not a readable"),
    "an empty npy": with_file("a.npy", lambda p: p.write_bytes(b""), "is not a readable file"),
    "a cut npy": with_file(
        "a.npy",
        lambda path: (np.save(path, GREY), path.write_bytes(path.read_bytes()[:-9])),
        "is not a readable file",
    ),
    "objects": with_file(
        "a.npy", lambda path: np.save(path, np.array([{}], object)), "is not a readable file"
    ),
    "npz that is none": with_file("a.npz", lambda p: p.write_bytes(b"PKxx"), "is not a readable"),
    "npz that is npy": with_file(
        "a.npz", lambda path: path.write_bytes(npy(GREY)), "holds one array.*Name it .npy"
    ),
    "a zip of texts": with_file(
        "a.npz", lambda path: zipfile.ZipFile(path, "w").writestr("x", "text"), "not a readable"
    ),
    "other names": with_file("a.npz", archive(a=GREY, b=GREY), "has the arrays a, b: expected x"),
    "an empty npz": with_file("a.npz", archive(), r"has the arrays \(none\)"),
    "a test pair only": with_file("a.npz", archive(x_test=GREY, y_test=COUNT), "the arrays x_test"),
    "labels of one split": with_file(
        "a.npz", archive(x_train=GREY, y_train=COUNT, x_test=GREY), "labels for one of train and"
    ),
    "splits of two shapes": with_file(
        "a.npz", archive(x_train=GREY, x_test=GREY[:, :3]), r"\(12, 6, 6, 1\) and uint8 \(12, 3"
    ),
    "splits of two dtypes": with_file(
        "a.npz", archive(x_train=GREY, x_test=FLOATS), "uint8 .* and float32 .*one shape and dtype"
    ),
    # arrays
    "one row": opening(np.zeros(4), r"shape \(4,\): expected images"),
    "videos": opening(np.zeros((2, 3, 4, 4, 1)), "shape .2, 3, 4, 4, 1.: expected images"),
    "no images": opening(np.zeros((0, 4, 4)), r"shape \(0, 4, 4\)"),
    "channels first": opening(np.zeros((9, 3, 8, 8)), "channels first.*np.moveaxis"),
    "four channels": opening(np.random.default_rng(0).random((9, 8, 8, 4)), "4 channels: expected"),
    "integers": opening(GREY.astype(np.int64), "dtype int64: expected uint8"),
    "floats to 255": opening(GREY.astype(float), r"floats from 0 to 25\d: expected \[0, 1\]"),
    "floats from -1": opening(2 * FLOATS - 1, "floats from -1"),
    "NaN pixels": opening(np.where(GREY > 250, np.nan, FLOATS), "NaN pixels of 432"),
    "NaN vectors": opening(np.full((4, 2), np.nan), "8 NaN numbers of 8"),
    "infinite vectors": opening(np.array([[1.0, np.inf], [0, 0]]), "infinite numbers"),
    "vectors beyond float32": opening(np.array([[1e300, 0], [0, 0]]), "beyond float32's"),
    "complex vectors": opening(np.zeros((4, 2), complex), "dtype complex128: expected integers"),
    "ragged lists": opening([[1, 2], [3], []], "list of 3: expected"),
    "three arrays": opening((GREY, COUNT, COUNT), "is a tuple of 3: expected"),
    "too few labels": opening((GREY, COUNT[:5]), r"labels of shape \(5,\) for 12 examples"),
    "one-hot labels": opening((GREY, np.eye(12)), r"labels of shape \(12, 12\)"),
    "float labels": opening((GREY, COUNT / 2), "labels of dtype float64 from 0.0: expected integ"),
    "negative labels": opening((GREY, COUNT - 1), "from -1: expected integers from 0"),
    "labels in words": opening((GREY, ["cat"] * 12), "labels of dtype <U3: expected integers"),
    "huge labels": opening((GREY, COUNT * 10**7), "labels up to 110,000,000: expected"),
    # batches
    "another split": batching("no split 'valid': it has 'train', 'test'", split="valid"),
    "batch_size 0": batching("batch_size=0: expected an integer from 1", batch_size=0),
    "batch_size 2.5": batching("batch_size=2.5: expected", batch_size=2.5),
    "batch_size too large": batching(
        r"batch_size=64 .* for \d+ examples: not one batch", batch_size=64, drop_remainder=True
    ),
    "seed -1": batching("seed=-1: expected", seed=-1),
    "first_epoch -1": batching("first_epoch=-1: expected", first_epoch=-1),
    "labels of none": batching("has no classes", data=GREY, labels=True),
    "labels of a ring": batching("'ring': it has none", data="ring", labels=True),
    "batch_size 0 of a ring": batching("batch_size=0: expected", data="ring", batch_size=0),
    "options of images for a ring": batching("received flip=True", data="ring", flip=True),
    "options of images for vectors": batching(
        "received flip=True: .*no options for points", data=GREY[:, 0], flip=True
    ),
    "an option that is none": batching("received zoom=2: expected one of value_range", zoom=2),
    "a range upside down": batching("black below white", value_range=(1, 0)),
    "a range of three": batching("value_range=.* expected", value_range=(0, 1, 2)),
    "binarize": batching("binarize='stochastic': expected None", binarize="stochastic"),
    "crop beyond": batching("crop=6 for images of 6x6: expected an integer from 0 to 5", crop=6),
    "crop -1": batching("crop=-1 for images", crop=-1),
    "crop True": batching("crop=True for images", crop=True),
    "flip of a number": batching("flip=0.5: expected True or False", flip=0.5),
}  # fmt: skip


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize("name", CASES)
def test_refused_in_one_line(name, tmp_path, monkeypatch):
    run, message = CASES[name]
    monkeypatch.setattr(socket, "getaddrinfo", _offline)
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    for proxy in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(proxy, raising=False)
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, FileNotFoundError)) as caught:
        run(tmp_path)
    told = str(caught.value)
    assert re.search(message, told), told
    assert "\n" not in told and len(told) < 600 and told.endswith(".")


def _offline(*_):
    raise socket.gaierror("offline")


def test_a_folder_that_may_not_be_read(tmp_path, monkeypatch):
    """Said by the system's call, since root may read everything."""
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def refusing(path):
        if os.path.basename(path) == "closed":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(ValueError, match=r"closed cannot be read \(Permission denied\): expected"):
        open_source(tmp_path)
