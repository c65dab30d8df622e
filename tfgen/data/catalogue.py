"""Image data sets of the TensorFlow Datasets catalogue as collections."""

import difflib
import os
import re
import socket
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import tensorflow as tf

from tfgen.data import examples, holdout, shuffling
from tfgen.data.collection import Collection
from tfgen.data.photos import resize
from tfgen.data.sizes import check_enlarged
from tfgen.data.tfds_files import check_files, check_information, naming_damage

_SHARED = Path("../shared/tfds")
_WINDOW_BYTES = 2**27  # encoded images that are shuffled among each other when streaming
_WINDOW_EXAMPLES = (64, 2**14)  # at least, at most
_OPEN_FILES = 16


class Catalogue(Collection):
    """An image data set of TensorFlow Datasets, prepared on disk.

    Args:
        name: of the data set.
        builder: TFDS's.
        size: `(h, w)` to resize to, or None if all images have the same size.
    """

    def __init__(self, name, builder, size):
        self.name, self.builder = name, builder
        self.counts = {split: info.num_examples for split, info in builder.info.splits.items()}
        self._image, self._label = _feature_names(builder, name)
        self.shape = _image_shape(builder.info.features[self._image].shape, name, size)
        self.classes = tuple(builder.info.features[self._label].names or ()) if self._label else ()

    def examples(self, split, rows=None):
        """Return the images of a split as TFDS writes it: "train", "test", "train[:90%]"."""
        info = _split_info(self.builder, self.name, split)
        found = _examples(self.builder, info, self._image, self._label, self.shape, rows)
        count = info.num_examples if rows is None else len(rows)
        stream = examples.Streamed(found, count, self.shape, self._label is not None)
        if not examples.fits_in_memory(count, self.shape):
            return stream
        with naming_damage(self.name, self.builder.data_dir):
            return _load(stream)

    def digests(self, split):
        """Return the hashes of the examples as they are stored."""
        records = _records(_split_info(self.builder, self.name, split))
        with naming_damage(self.name, self.builder.data_dir):
            return [holdout.digest(record) for _, record in records.as_numpy_iterator()]


def from_catalogue(name, size=None, data_dir=None, enlarge=False) -> Catalogue:
    """Return the collection of a TFDS image data set, downloaded if it is not on disk.

    Args:
        name: of the data set, with its config if it has one: "mnist", "cifar10_corrupted/fog_1".
        size: `(h, w)` to resize to, or None if all images have the same size.
        data_dir: folder that holds the data sets. Default: the environment variable
            TFDS_DATA_DIR, else ../shared/tfds if it has the data set, else TFDS's own.
        enlarge: whether smaller images are made larger; otherwise they are refused.

    Raises:
        ValueError: for an unknown data set, one that has no 8-bit images, or damaged files.
        FileNotFoundError: if the data set is not on disk and cannot be downloaded.
    """
    builder = _prepared_builder(name, data_dir)
    collection = Catalogue(name, builder, size)
    check_files(builder, name)
    stored = builder.info.features[collection._image].shape[:2]
    if size is not None and not enlarge and None not in stored:
        check_enlarged(name, [stored], size)
    return collection


def data_directory(name, data_dir=None):
    """Return the folder in which the data set is looked for; None means TFDS's default."""
    shared = _SHARED if (_SHARED / re.split("[/:]", name)[0]).is_dir() else None
    return data_dir or os.environ.get("TFDS_DATA_DIR") or shared


def _prepared_builder(name, data_dir):
    import tensorflow_datasets as tfds  # only here: half a second

    directory = data_directory(name, data_dir)
    folder = Path(directory or tfds.core.constants.DATA_DIR) / re.split("[/:]", name)[0]
    try:
        builder = tfds.builder(name, data_dir=directory, try_gcs=False)
    except Exception as error:  # not found, unknown config, files that cannot be parsed, ...
        check_information(name, folder)
        raise ValueError(_unknown(name, error, tfds)) from error
    if not builder.is_prepared():
        check_information(name, folder)
        _download(builder, name, tfds)
    return builder


def _unknown(name, error, tfds):
    known = tfds.list_builders(with_community_datasets=False)
    if re.split("[/:]", name)[0] in known:
        return f"{name!r} cannot be opened: {str(error).splitlines()[0]}"
    close = difflib.get_close_matches(name, known)
    hint = f"; similar: {', '.join(close)}" if close else ""
    return (
        f'{name!r} is no data set: expected "digits", a TensorFlow Datasets name'
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
            f"{name!r} is not in {where}, and could not be downloaded ({reason}). "
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
            f"{name!r} has no split {split!r}: it has {names}. Choose one of these."
        ) from error
    if not info.num_examples:
        raise ValueError(f"{name!r} has an empty split {split!r}: expected at least one image.")
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
            f"{name!r} has no 8-bit images: it has {', '.join(keys) or 'one feature'}. "
            "Choose an image data set."
        )
    if builder.info.file_format.value != "tfrecord":
        raise ValueError(
            f"{name!r} is stored as {builder.info.file_format.value}: expected tfrecord. "
            "Prepare it again with TFDS's default file format."
        )
    return _preferred("image", images), _preferred("label", labels)


def _preferred(name, names):
    return name if name in names else next(iter(names), None)


def _image_shape(shape, name, size):
    if size is not None:
        return (*size, shape[-1])
    if None in shape:
        raise ValueError(f"{name!r} has images of different sizes: expected one. Give size=(h, w).")
    return tuple(shape)


def _examples(builder, info, image, label, shape, rows=None):
    """The function from a key to examples, see `Streamed`."""
    features = builder.info.features
    only = None if rows is None else _only(rows, info.num_examples)

    def decode(index, serialized):
        example = features.deserialize_example(serialized)
        pixels = example[image]
        if features[image].shape != shape:
            pixels = tf.numpy_function(_Resize(shape[:2]), [pixels], tf.uint8, stateful=False)
        number = tf.cast(example[label], tf.int32) if label else tf.constant(0)
        return tf.cast(index, tf.int32), tf.ensure_shape(pixels, shape), number

    def examples_of(key):
        records = _shuffled_records(info, key) if key is not None else _records(info)
        records = records if only is None else only(records)
        return records.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    return examples_of


def _only(rows, count):
    """The function that keeps of `(index, record)` those of some rows, and counts these anew."""
    places = np.full(count, -1, np.int64)
    places[rows] = np.arange(len(rows))
    places = tf.constant(places)

    def only(records):
        placed = records.map(lambda index, record: (places[index], record))
        return placed.filter(lambda index, record: index >= 0)

    return only


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
    images = np.empty((stream.count, *stream.shape), np.uint8)
    labels = np.empty(stream.count, np.int32)
    for rows, pixels, numbers in stream.examples(None).batch(1024).prefetch(1):
        images[rows[0] : rows[-1] + 1] = pixels
        labels[rows[0] : rows[-1] + 1] = numbers
    return examples.InMemory(images, labels if stream.has_labels else None)
