"""From what a person names to what is there."""

import os
from pathlib import Path
from typing import Any

from tfgen import kinds
from tfgen.data import archives, mixtures
from tfgen.data import holdout as holding_out
from tfgen.data.archives import from_archive
from tfgen.data.arrays import digits, from_arrays
from tfgen.data.catalogue import from_catalogue
from tfgen.data.folders import from_folder
from tfgen.data.sizes import Size, checked_size
from tfgen.data.source import Source, StoredSource
from tfgen.data.sprites import Sprites


def open_source(
    data: Any,
    size: Size = None,
    holdout: float = 0.1,
    data_dir: str | os.PathLike | None = None,
) -> Source:
    """Return the source of the examples that `data` names, looked through and ready to train on.

    Where the data have no test set, a share is held out, chosen by the content of each example:
    the same on every machine, whatever the order or the names, and copies never on both sides.

    Args:
        data: "digits" (scikit-learn's, 8x8x1, offline); "sprites", drawn from known factors; the
            name of an image data set of TensorFlow Datasets, such as "mnist"; the path of a folder
            of images (a plain name is a data set: write "./faces"), whose sub-folders are splits
            "train", "validation", "test", or classes, or both; the path of a `.npy` or `.npz`
            file, see `from_archive`; arrays, or a pair (arrays, labels), see `from_arrays`;
            "ring" or "grid", Gaussians in the plane.
        size: `(h, w)`, an int for both, or text such as "64" or "64x48", for folders and TFDS:
            images are cut to this aspect ratio around the centre, then resized. Sprites are drawn
            at 32 or at 64.
        holdout: share of the examples that is held out, above 0 and below 1.
        data_dir: folder of the TFDS data sets, see `tfgen.data.images`.

    Raises:
        ValueError: for anything that cannot be trained on, in one line that names it.
        FileNotFoundError: for a folder without images, or a data set that is neither on disk nor
            can be downloaded.

    Example:
        >>> source = open_source("digits")
        >>> source.spec.shape, source.spec.num_classes, source.spec.counts["test"]
        ((8, 8, 1), 10, 360)
        >>> source.batches("train", batch_size=64, flip=True).element_spec.shape
        TensorShape([None, 8, 8, 1])
    """
    holding_out.check_share(holdout)
    if isinstance(data, str) and data in mixtures.NAMED:
        _check_no_size(checked_size(size), data)
        return mixtures.MixtureSource(data)
    collection = collect(data, size, data_dir)
    _check_channels(name_of(data), collection)
    return StoredSource(name_of(data), collection, holdout)


def collect(data, size=None, data_dir=None, enlarge=False):
    """Return the collection that `data` names; arguments as for `open_source`. With `enlarge`,
    images smaller than `size` are made larger, else they are refused.
    """
    size = checked_size(size)
    if not isinstance(data, (str, os.PathLike)):
        _check_no_size(size, "arrays")
        return from_arrays(data)
    if data == "digits":
        _check_no_size(size, "digits")
        return digits()
    if data == "sprites":
        return Sprites(size)
    if _is_archive(data):
        _check_no_size(size, "arrays")
        return from_archive(data)
    if is_path(data):
        return from_folder(data, size, enlarge)
    return from_catalogue(data, size, data_dir, enlarge)


def name_of(data):
    """Return the text by which data are opened again: of a path, the whole path."""
    if not isinstance(data, (str, os.PathLike)):
        return "arrays"
    return os.path.abspath(Path(data).expanduser()) if is_path(data) else data


def is_path(data):
    """Whether text is a path. Plain names are data sets, whatever lies in this folder."""
    text = os.fspath(data)
    if isinstance(data, os.PathLike) or _is_archive(data) or text.startswith((".", "~", "/")):
        return True
    if Path(text).suffix and Path(text).is_file():
        return True
    return ("/" in text or os.sep in text) and Path(text).is_dir()


def _is_archive(data):
    return os.fspath(data).lower().endswith(archives.SUFFIXES)


def _check_channels(name, collection):
    if isinstance(collection.kind, kinds.Image) and collection.shape[-1] not in (1, 3):
        raise ValueError(
            f"{name} has images of {collection.shape[-1]} channels: expected 1 or 3. Leave out "
            "transparency, as in array[..., :3]."
        )


def _check_no_size(size, what):
    if size is not None:
        raise ValueError(
            f"Data received size={size} with {what}: size is for folders and TFDS. Leave it out."
        )
