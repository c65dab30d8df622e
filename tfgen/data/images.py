"""Images for training: one function, one contract."""

import os
from typing import Any

import tensorflow as tf

from tfgen import kinds
from tfgen.data.batches import batches_of
from tfgen.data.opening import collect
from tfgen.data.pixels import Pixels
from tfgen.data.sizes import Size


def images(
    source: Any,
    split: str = "train",
    *,
    batch_size: int,
    value_range: tuple[float, float] = (0.0, 1.0),
    binarize: str | None = None,
    labels: bool = False,
    shuffle: bool | None = None,
    seed: int = 0,
    first_epoch: int = 0,
    size: Size = None,
    data_dir: str | os.PathLike | None = None,
    drop_remainder: bool = False,
) -> tf.data.Dataset:
    """Return batches of images, each pass over the dataset being one epoch.

    Order and noise depend on `(seed, epoch)` only, never on the global seed or on what ran before:
    a training that resumes at epoch e with `first_epoch=e` sees the batches that the uninterrupted
    one saw. A pass counts once its last batch was taken; looking at a few batches changes nothing
    (and so `dataset.take(5)` is the same five batches until `dataset` itself was run through).

    Sets of up to 1 GiB of decoded pixels are held in memory; larger ones are read and decoded in
    every epoch, with memory use that does not grow with the set.

    Args:
        source: "digits" (scikit-learn's, 8x8x1, offline); the name of an image data set of
            TensorFlow Datasets, such as "mnist"; the path of a folder of image files (a plain name
            is a data set: write "./faces"), whose sub-folders are splits "train", "validation",
            "test", or classes in the order of their names, or both; the path of a `.npy` or `.npz`
            file; arrays: images uint8 in 0..255 or floats in [0, 1], `[n, h, w]` or
            `[n, h, w, c]`, or a pair (images, labels).
        split: "train", "test", or what else the source has ("train[:90%]" with TFDS). Arrays have
            no splits, there it only decides `shuffle`.
        batch_size: images in a batch, at least 1; over all replicas together.
        value_range: `(low, high)` of black and white.
        binarize: None; "dynamic": pixels are 0 or 1, drawn anew each epoch with the intensity as
            probability; "static": drawn once for each image, the same for every batch size.
        labels: whether to return labels too.
        shuffle: default True for splits whose name begins with "train", else False.
        seed: from 0 to 2**31 - 1.
        first_epoch: epoch of the first pass, at least 0.
        size: `(h, w)`, 64 for both or "64x48", for folders and TFDS: images are cut to this
            aspect ratio around the centre, then resized with antialiasing.
        data_dir: folder of the TFDS data sets. Default: the environment variable TFDS_DATA_DIR,
            else ../shared/tfds if it has the data set, else TFDS's own with download.
        drop_remainder: whether to leave out a last, smaller batch.

    Returns:
        tf.data.Dataset, finite: float32 `[batch, h, w, c]` in `value_range`, or that and labels,
        int32 `[batch]`. `dataset.cardinality()` is the number of batches.

    Raises:
        ValueError: for bad options, arrays, files, splits or data set names.
        FileNotFoundError: for a folder without images, or a data set that is neither on disk nor
            can be downloaded.

    Example:
        >>> train = images("digits", batch_size=128, binarize="dynamic")
        >>> int(train.cardinality()), image_shape(train)
        (12, (8, 8, 1))
    """
    collection = collect(source, size, data_dir, enlarge=True)
    if not isinstance(collection.kind, kinds.Image):
        raise ValueError(
            f"images received vectors of shape {collection.shape}: expected images. Open them with "
            "open_source."
        )
    return batches_of(
        collection.examples(split),
        Pixels(value_range, binarize),
        batch_size=batch_size,
        seed=seed,
        first_epoch=first_epoch,
        labels=labels,
        shuffle=split.startswith("train") if shuffle is None else shuffle,
        drop_remainder=drop_remainder,
    )


def image_shape(dataset: tf.data.Dataset) -> tuple[int, int, int]:
    """Return `(h, w, c)` of the images of a dataset, with or without labels.

    Example:
        >>> image_shape(images("digits", "test", batch_size=32, labels=True))
        (8, 8, 1)
    """
    spec = dataset.element_spec
    return tuple((spec[0] if isinstance(spec, tuple) else spec).shape[1:])
