"""A folder of image files as a source of images."""

import os
from multiprocessing.pool import ThreadPool
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image, ImageOps

from tfgen.data import shuffling, source
from tfgen.data.arrays import check_split

_SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif"}
_SPLITS = ("train", "validation", "test")


def from_folder(folder, split, size=None):
    """Return the source for the images of a folder, labelled by their sub-folders if it has any.

    Files are taken in the order of their names. If there are sub-folders "train", "validation" or
    "test", they are the splits; otherwise there is one split, "train".

    Args:
        folder: path.
        split: name of a split.
        size: `(h, w)` to resize to, or None if all images have the same size.

    Raises:
        FileNotFoundError: without the folder, or without images in it.
        ValueError: for an unknown split, a file that is no image, or images of different sizes.
    """
    root, classes = _split_root(Path(folder).expanduser(), split)
    paths = _image_paths(root, classes)
    shape = _common_shape(paths, size)
    labels = [classes.index(path.relative_to(root).parts[0]) if classes else 0 for path in paths]
    labels = np.asarray(labels, np.int32)
    if source.fits_in_memory(len(paths), shape):
        return source.InMemory(_read_all(paths, shape, size), labels if classes else None)
    examples = _examples(paths, labels, shape, size)
    return source.Streamed(examples, len(paths), shape, has_labels=bool(classes))


def read_image(path, channels, size=None):
    """Return one image, the first if the file has several: uint8 `[h, w, channels]`.

    Transparency is dropped. Greyscale and RGB are converted into each other.

    Args:
        path: of the file.
        channels: 1 or 3.
        size: `(h, w)`, or None. See `resize`.

    Raises:
        ValueError: naming the file, if it cannot be read.
    """
    try:
        with Image.open(path) as image:
            _check_depth(image)
            pixels = np.asarray(image.convert("L" if channels == 1 else "RGB"))
    except Exception as error:  # Pillow raises OSError, SyntaxError, ValueError and its own
        raise ValueError(
            f"{path} is not a readable image ({error}): expected 8-bit PNG, JPEG, BMP or GIF. "
            "Repair or remove the file."
        ) from error
    pixels = pixels.reshape(*pixels.shape[:2], channels)
    return pixels if size is None else resize(pixels, size)


def resize(pixels, size):
    """Return an image as uint8 `[*size, c]`: cut to the new aspect ratio around its centre, then
    resampled with antialiasing (bicubic).
    """
    if pixels.shape[:2] == tuple(size):
        return pixels
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    fitted = ImageOps.fit(image, (size[1], size[0]), method=Image.Resampling.BICUBIC)
    return np.asarray(fitted).reshape(*size, pixels.shape[-1])


def _split_root(folder, split):
    """The folder of the split, and the names of the classes, the same for every split."""
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not a folder: expected a folder of images.")
    splits = [name for name in _SPLITS if (folder / name).is_dir()]
    check_split(folder, split, splits or ["train"])
    roots = [folder / name for name in splits] or [folder]
    classes = {path.name for root in roots for path in root.iterdir() if _is_class(path)}
    return (folder / split if splits else folder), sorted(classes)


def _is_class(path):
    return path.is_dir() and not path.name.startswith(".")


def _image_paths(root, classes):
    """All image files in the order of their names; with classes, those inside their folders."""
    found = [path for path in root.rglob("*") if path.suffix.lower() in _SUFFIXES]
    paths = sorted(path for path in found if not _is_hidden(path.relative_to(root)))
    loose = [path for path in paths if path.parent == root]
    if classes and loose:
        raise ValueError(
            f"{root} has images beside its sub-folders (first: {loose[0].name}): sub-folders are "
            "class names. Move the images into one, or the sub-folders elsewhere."
        )
    if not paths:
        raise FileNotFoundError(
            f"{root} holds no images: expected files ending in {', '.join(sorted(_SUFFIXES))}."
        )
    return paths


def _is_hidden(path):
    return any(part.startswith(".") for part in path.parts)


def _common_shape(paths, size):
    """`(h, w, c)` of all images; the first decides the channels."""
    first, channels = _header(paths[0])
    if size is not None:
        return (*size, channels)
    for path in paths[1:]:
        if (other := _header(path)[0]) != first:
            raise ValueError(
                f"{path} is {other[0]}x{other[1]} pixels high and wide, {paths[0].name} is "
                f"{first[0]}x{first[1]}: expected one size. Give size=(h, w) to resize."
            )
    return (*first, channels)


def _header(path):
    """`((h, w), channels)` of a file, without decoding it."""
    try:
        with Image.open(path) as image:
            _check_depth(image)
            grey = image.mode in ("1", "L", "LA")
            return (image.height, image.width), 1 if grey else 3
    except Exception as error:
        raise ValueError(
            f"{path} is not a readable image ({error}): expected 8-bit PNG, JPEG, BMP or GIF. "
            "Repair or remove the file."
        ) from error


def _check_depth(image):
    if image.mode[0] in "IF":
        raise ValueError(f"its pixels are of mode {image.mode}, not 8 bits")


def _read_all(paths, shape, size):
    images = np.empty((len(paths), *shape), np.uint8)
    with ThreadPool(os.cpu_count()) as pool:  # Pillow decodes outside the interpreter's lock
        read = pool.imap(lambda path: read_image(path, shape[-1], size), paths, chunksize=16)
        for row, image in enumerate(read):
            images[row] = image
    return images


def _examples(paths, labels, shape, size):
    names = tf.constant([str(path) for path in paths])
    labels = tf.constant(labels)

    def read(name):
        return read_image(os.fsdecode(name), shape[-1], size)

    def example(row):
        image = tf.numpy_function(read, [names[row]], tf.uint8, stateful=False)
        return row, tf.ensure_shape(image, shape), labels[row]

    def examples(key):
        count = len(paths)
        order = tf.range(count) if key is None else shuffling.permutation(key, count)
        rows = tf.data.Dataset.from_tensor_slices(order)
        return rows.map(example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    return examples
