"""Image data sets of the TensorFlow Datasets catalogue as sources of images."""

import difflib
import os
import socket
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import tensorflow as tf

from tfgen.data import shuffling, source
from tfgen.data.folders import resize

_SHARED = Path("../shared/tfds")
_WINDOW_BYTES = 2**27  # encoded images that are shuffled among each other when streaming
_WINDOW_EXAMPLES = (64, 2**14)  # at least, at most
_OPEN_FILES = 16


def from_catalogue(name, split, size=None, data_dir=None):
    """Return the source for a TFDS image data set, downloaded if it is not on disk.

    Args:
        name: of the data set, with its config if it has one: "mnist", "cifar10_corrupted/fog_1".
        split: as TFDS writes it: "train", "test", "train[:90%]".
        size: `(h, w)` to resize to, or None if all images have the same size.
        data_dir: folder that holds the data sets. Default: the environment variable
            TFDS_DATA_DIR, else ../shared/tfds if it has the data set, else TFDS's own.

    Raises:
        ValueError: for an unknown data set or split, or one that has no 8-bit images.
        FileNotFoundError: if the data set is not on disk and cannot be downloaded.
    """
    builder = _prepared_builder(name, data_dir)
    info = _split_info(builder, name, split)
    image, label = _feature_names(builder, name)
    shape = _image_shape(builder.info.features[image].shape, name, size)
    examples = _examples(builder, info, image, label, shape)
    stream = source.Streamed(examples, info.num_examples, shape, has_labels=label is not None)
    return _load(stream) if source.fits_in_memory(stream.count, shape) else stream


def data_directory(name, data_dir=None):
    """Return the folder in which the data set is looked for; None means TFDS's default."""
    shared = _SHARED if (_SHARED / name.split("/")[0].split(":")[0]).is_dir() else None
    return data_dir or os.environ.get("TFDS_DATA_DIR") or shared


def _prepared_builder(name, data_dir):
    import tensorflow_datasets as tfds  # only here: half a second

    folder = data_directory(name, data_dir)
    try:
        builder = tfds.builder(name, data_dir=folder, try_gcs=False)
    except (tfds.core.registered.DatasetNotFoundError, ValueError) as error:
        raise ValueError(_unknown(name, error, tfds)) from error
    if not builder.is_prepared():
        _download(builder, name, tfds)
    return builder


def _unknown(name, error, tfds):
    known = tfds.list_builders(with_community_datasets=False)
    if name.split("/")[0] in known:
        return f"images({name!r}) cannot open this data set: {str(error).splitlines()[0]}"
    close = difflib.get_close_matches(name, known)
    hint = f"; similar: {', '.join(close)}" if close else ""
    return (
        f'images received the source {name!r}: expected "digits", a TensorFlow Datasets name'
        f'{hint}, a folder or arrays. Write a folder as "./{name}".'
    )


def _download(builder, name, tfds):
    where = Path(builder.data_dir)
    try:
        _check_hosts(builder)
        config = tfds.download.DownloadConfig(try_download_gcs=False)
        builder.download_and_prepare(download_config=config)
    except Exception as error:  # network, disk, checksum, missing optional package, ...
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileNotFoundError(
            f"images({name!r}) found no data set in {where}, and could not download it ({reason}). "
            "Name the folder that has it by data_dir= (--data-dir) or TFDS_DATA_DIR."
        ) from error


def _check_hosts(builder):
    """Raise OSError at once if offline: TFDS itself would try again for minutes."""
    if any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY")):
        return  # the proxy resolves the names
    for host in {urlparse(url).hostname for url in builder.url_infos} - {None}:
        try:
            socket.getaddrinfo(host, None)
        except OSError as error:
            raise OSError(f"cannot reach {host}") from error


def _split_info(builder, name, split):
    try:
        info = builder.info.splits[split]
    except (KeyError, ValueError) as error:
        names = ", ".join(repr(each) for each in builder.info.splits)
        raise ValueError(
            f"images({name!r}) has no split {split!r}: it has {names}. Choose one of these."
        ) from error
    if not info.num_examples:
        raise ValueError(f"images({name!r}, {split!r}) is empty: expected at least one image.")
    return info


def _feature_names(builder, name):
    """Names of the image and of the label (or None)."""
    import tensorflow_datasets as tfds

    features = builder.info.features
    keys = list(features) if isinstance(features, tfds.features.FeaturesDict) else []
    images = [k for k in keys if isinstance(features[k], tfds.features.Image)]
    labels = [k for k in keys if isinstance(features[k], tfds.features.ClassLabel)]
    if not images or features[images[0]].np_dtype != np.uint8:
        raise ValueError(
            f"images({name!r}) has no 8-bit images: it has {', '.join(keys) or 'one feature'}. "
            "Choose an image data set."
        )
    if builder.info.file_format.value != "tfrecord":
        raise ValueError(
            f"images({name!r}) is stored as {builder.info.file_format.value}: expected tfrecord. "
            "Prepare it again with TFDS's default file format."
        )
    return _preferred("image", images), _preferred("label", labels)


def _preferred(name, names):
    return name if name in names else next(iter(names), None)


def _image_shape(shape, name, size):
    if size is not None:
        return (*size, shape[-1])
    if None in shape:
        raise ValueError(
            f"images({name!r}) has images of different sizes: expected one. Give size=(h, w)."
        )
    return tuple(shape)


def _examples(builder, info, image, label, shape):
    """The function from a key to examples, see `Streamed`."""
    features = builder.info.features

    def decode(index, serialized):
        example = features.deserialize_example(serialized)
        pixels = example[image]
        if features[image].shape != shape:
            pixels = tf.numpy_function(_Resize(shape[:2]), [pixels], tf.uint8, stateful=False)
        number = tf.cast(example[label], tf.int32) if label else tf.constant(0)
        return tf.cast(index, tf.int32), tf.ensure_shape(pixels, shape), number

    def examples(key):
        records = _shuffled_records(info, key) if key is not None else _records(info)
        return records.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    return examples


class _Resize:
    def __init__(self, size):
        self.size = size

    def __call__(self, pixels):
        return resize(pixels, self.size)


def _records(info, order=None):
    """`(index, serialized example)`, file by file, or interleaved from files in an order."""
    parts = info.file_instructions
    starts = np.cumsum([0, *(part.take for part in parts)])[:-1]
    columns = (
        tf.constant([str(part.filename) for part in parts]),
        tf.constant([part.skip for part in parts], tf.int64),
        tf.constant([part.take for part in parts], tf.int64),
        tf.constant(starts, tf.int64),
    )
    if order is not None:
        columns = tuple(tf.gather(column, order) for column in columns)
    files = tf.data.Dataset.from_tensor_slices(columns)
    cycle = 1 if order is None else min(_OPEN_FILES, len(parts))
    return files.interleave(_read, cycle_length=cycle)


def _read(name, skip, take, start):
    records = tf.data.TFRecordDataset(name).skip(skip).take(take)
    return tf.data.Dataset.zip((tf.data.Dataset.range(start, start + take), records))


def _shuffled_records(info, key):
    """Files in random order, 16 at a time, then permuted within windows of bounded size."""
    order = shuffling.permutation(key, len(info.file_instructions))
    windows = _records(info, order).batch(_window(info)).enumerate()

    def permute(number, window):
        window_key = tf.concat([key, [shuffling.WINDOW, number]], axis=0)
        rows = shuffling.permutation(window_key, tf.shape(window[0])[0])
        return tuple(tf.gather(column, rows) for column in window)

    return windows.map(permute).unbatch()


def _window(info):
    each = max(1, info.num_bytes // max(1, info.num_examples)) if info.num_bytes else 2**16
    return int(np.clip(_WINDOW_BYTES // each, *_WINDOW_EXAMPLES))


def _load(stream):
    """The same images, in memory."""
    images = np.empty((stream.count, *stream.image_shape), np.uint8)
    labels = np.empty(stream.count, np.int32)
    for rows, pixels, numbers in stream.examples(None).batch(1024).prefetch(1):
        images[rows[0] : rows[-1] + 1] = pixels
        labels[rows[0] : rows[-1] + 1] = numbers
    return source.InMemory(images, labels if stream.has_labels else None)
