"""Images for training: one function, one contract."""

import dataclasses
import math
import os
from pathlib import Path

import numpy as np
import tensorflow as tf

from tfgen.data import binarization, shuffling
from tfgen.data.arrays import digits, from_arrays
from tfgen.data.catalogue import from_catalogue
from tfgen.data.epochs import epochs
from tfgen.data.folders import from_folder
from tfgen.data.source import InMemory


def images(
    source,
    split="train",
    *,
    batch_size,
    value_range=(0.0, 1.0),
    binarize=None,
    labels=False,
    shuffle=None,
    seed=0,
    first_epoch=0,
    size=None,
    data_dir=None,
    drop_remainder=False,
):
    """Return batches of images, each pass over the dataset being one epoch.

    Order and noise depend on `(seed, epoch)` only, never on the global seed or on what ran before:
    a training that resumes at epoch e with `first_epoch=e` sees the batches that the uninterrupted
    one saw. A pass counts once its last batch was taken; looking at a few batches changes nothing
    (and so `dataset.take(5)` is the same five batches until `dataset` itself was run through).

    Sets of up to 1 GiB of decoded pixels are held in memory; larger ones are read and decoded in
    every epoch, with memory use that does not grow with the set.

    Args:
        source: "digits" (scikit-learn's, 8x8x1, offline); the name of an image data set of
            TensorFlow Datasets, such as "mnist"; the path of a folder of PNG, JPEG, BMP or GIF
            files (a plain name is a data set: write "./faces"), whose sub-folders are splits
            "train", "validation", "test", or classes in the order of their names, or both;
            arrays: images uint8 in 0..255 or floats in [0, 1], `[n, h, w]` or `[n, h, w, c]`, or
            a pair (images, labels).
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
        size: `(h, w)`, for folders and TFDS: images are cut to this aspect ratio around the
            centre, then resized with antialiasing.
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
    _check_range(value_range, binarize)
    _check_numbers(batch_size, seed, first_epoch)
    data = _open(source, split, _checked_size(size), data_dir)
    _check_source(data, labels, batch_size, drop_remainder)
    if binarize == "static" and isinstance(data, InMemory):
        pixels = binarization.binarize_array(data.images, data.white, seed)
        data, binarize = InMemory(pixels, data.labels, white=1.0), None
    if isinstance(data, InMemory) and not labels:
        data = dataclasses.replace(data, labels=None)  # or every batch would look them up
    shuffle = split.startswith("train") if shuffle is None else shuffle
    one_epoch = _one_epoch(
        data, batch_size, drop_remainder, value_range, binarize, labels, shuffle, seed
    )
    batches = data.count / batch_size
    count = math.floor(batches) if drop_remainder else math.ceil(batches)
    return epochs(one_epoch, count, first_epoch).with_options(_options())


def image_shape(dataset):
    """Return `(h, w, c)` of the images of a dataset, with or without labels.

    Example:
        >>> image_shape(images("digits", "test", batch_size=32, labels=True))
        (8, 8, 1)
    """
    spec = dataset.element_spec
    return tuple((spec[0] if isinstance(spec, tuple) else spec).shape[1:])


def _one_epoch(data, batch_size, drop_remainder, value_range, binarize, labels, shuffle, seed):
    """The function from an epoch to the dataset of its batches."""
    low, high = map(float, value_range)
    shape = (batch_size if drop_remainder else None, *data.image_shape)
    batches = data.epoch(batch_size, drop_remainder)

    def one_epoch(epoch):
        order = shuffling.key(seed, shuffling.ORDER, epoch) if shuffle else None
        if binarize == "dynamic":
            noise = shuffling.noise_seed(shuffling.key(seed, shuffling.BINARIZE, epoch))

        def finish(number, indices, pixels, classes):
            if binarize == "dynamic":
                pixels = binarization.draw_dynamic(pixels, data.white, noise + [0, number])
            elif binarize == "static":
                pixels = binarization.draw_static(pixels, data.white, indices, seed)
            else:
                pixels = _scaled(pixels, data.white, low, high)
            pixels = tf.ensure_shape(pixels, shape)
            return (pixels, tf.ensure_shape(classes, shape[:1])) if labels else pixels

        return batches(order, finish)

    return one_epoch


def _scaled(pixels, white, low, high):
    pixels = tf.cast(pixels, tf.float32)
    pixels = pixels if white == 1.0 else pixels / white
    return pixels if (low, high) == (0.0, 1.0) else pixels * (high - low) + low


def _options():
    options = tf.data.Options()
    # Workers share every batch; by files they would see different numbers of examples.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    # There is nothing to tune, and where XLA's threads are as many as the cores, its wake-ups make
    # two of them share one: steps of small networks took a third longer.
    options.autotune.enabled = False
    return options


def _open(source, split, size, data_dir):
    if not isinstance(source, (str, os.PathLike)):
        _check_no_size(size, "arrays")
        return from_arrays(source)
    if source == "digits":
        _check_no_size(size, "digits")
        return digits(split)
    return (
        from_folder(source, split, size)
        if _is_folder(source)
        else from_catalogue(source, split, size, data_dir)
    )


def _is_folder(source):
    """Whether a source is a path. Plain names are data sets, whatever lies in this folder."""
    text = os.fspath(source)
    if isinstance(source, os.PathLike) or text.startswith((".", "~", "/")):
        return True
    return ("/" in text or os.sep in text) and Path(text).is_dir()


def _check_range(value_range, binarize):
    if binarize not in (None, "dynamic", "static"):
        raise ValueError(
            f'images received binarize={binarize!r}: expected None, "dynamic" or "static".'
        )
    low, high = value_range
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(
            f"images received value_range={value_range}: expected (low, high) with low < high."
        )
    if binarize and (low, high) != (0, 1):
        raise ValueError(
            f"images received value_range={value_range} with binarize={binarize!r}: binary images "
            "are 0 and 1. Leave value_range out."
        )


def _check_numbers(batch_size, seed, first_epoch):
    _check_integer("batch_size", batch_size, 1)
    _check_integer("seed", seed, 0)
    _check_integer("first_epoch", first_epoch, 0)


def _check_integer(name, value, least):
    integer = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not integer or not least <= value < 2**31:
        raise ValueError(
            f"images received {name}={value!r}: expected an integer from {least} to 2**31 - 1."
        )


def _checked_size(size):
    if size is None:
        return None
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"images received size={size}: expected (height, width) in pixels.")
    return tuple(int(length) for length in size)


def _check_no_size(size, what):
    if size is not None:
        raise ValueError(
            f"images received size={size} with {what}: size is for folders and TFDS. Leave it out."
        )


def _check_source(data, labels, batch_size, drop_remainder):
    if labels and not data.has_labels:
        raise ValueError(
            "images received labels=True for a source without labels: expected a pair (images, "
            "labels), or a folder with one sub-folder per class. Leave labels out."
        )
    if drop_remainder and batch_size > data.count:
        raise ValueError(
            f"images received batch_size={batch_size} with drop_remainder=True for {data.count} "
            "images: not one batch. Choose a smaller batch_size."
        )
