"""Image data sets of the TensorFlow Datasets catalogue as collections."""

import difflib
import os
import re
import socket
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import tensorflow as tf

from tfgen.data import examples, holdout
from tfgen.data.collection import Collection
from tfgen.data.photos import resize
from tfgen.data.sizes import check_enlarged
from tfgen.data.tfds_files import check_files, check_information, naming_damage
from tfgen.data.tfds_records import only, records, shuffled_records

_SHARED = Path("../shared/tfds")


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

    @property
    def notes(self):
        """What the sizes of the images are, where they vary."""
        if None not in self.builder.info.features[self._image].shape[:2]:
            return ()
        return (f"images of several sizes: all become {self.shape[0]}x{self.shape[1]}",)

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
        """Return the hashes of the images: of JPEG files' bytes, and of others' pixels."""
        found = records(_split_info(self.builder, self.name, split))
        contents = found.map(
            _content(self.builder.info.features, self._image), num_parallel_calls=tf.data.AUTOTUNE
        )
        with naming_damage(self.name, self.builder.data_dir):
            return [holdout.digest(content.tobytes()) for content in contents.as_numpy_iterator()]


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
    builder = prepared_builder(name, data_dir, '"digits", a folder or arrays')
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


def prepared_builder(name, data_dir, others):
    """Return TFDS's builder of a data set that is on disk, downloaded if need be.

    Args:
        name: of the data set.
        data_dir: see `from_catalogue`.
        others: what else could have been named, in words.

    Raises:
        ValueError: for an unknown data set, or damaged files.
        FileNotFoundError: if the data set is not on disk and cannot be downloaded.
    """
    import tensorflow_datasets as tfds  # only here: half a second

    directory = data_directory(name, data_dir)
    folder = Path(directory or tfds.core.constants.DATA_DIR) / re.split("[/:]", name)[0]
    try:
        builder = tfds.builder(name, data_dir=directory, try_gcs=False)
    except Exception as error:  # not found, unknown config, files that cannot be parsed, ...
        check_information(name, folder)
        raise ValueError(_unknown(name, error, tfds, others)) from error
    if not builder.is_prepared():
        check_information(name, folder)
        _download(builder, name, tfds)
    return builder


def _unknown(name, error, tfds, others):
    known = tfds.list_builders(with_community_datasets=False)
    if re.split("[/:]", name)[0] in known:
        said = re.sub(r'^Failed to construct.*?}": | Here are .*', "", str(error).splitlines()[0])
        return f"{name!r} cannot be opened: {said.rstrip('. ')}. Choose another config or version."
    close = difflib.get_close_matches(name, known)
    hint = f"; similar: {', '.join(close)}" if close else ""
    return (
        f"{name!r} is no data set: expected a TensorFlow Datasets name{hint}, or {others}. "
        f'Write a path as "./{name}".'
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
    kept = None if rows is None else only(rows, info.num_examples)

    def decode(index, serialized):
        example = features.deserialize_example(serialized)
        pixels = example[image]
        if features[image].shape != shape:
            pixels = tf.numpy_function(_Resize(shape[:2]), [pixels], tf.uint8, stateful=False)
        number = tf.cast(example[label], tf.int32) if label else tf.constant(0)
        return tf.cast(index, tf.int32), tf.ensure_shape(pixels, shape), number

    def examples_of(key):
        found = shuffled_records(info, key) if key is not None else records(info)
        found = found if kept is None else kept(found)
        return found.map(decode, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    return examples_of


def _content(features, image):
    """The function from `(index, record)` to bytes that are the same wherever a set was prepared.

    Records are not, since protocol buffers keep no order, nor are PNG files, which are written as
    a set is prepared; JPEG files come as they are, and would be decoded differently.
    """
    import tensorflow_datasets as tfds

    decoders = {image: tfds.decode.SkipDecoding()}

    def content(index, record):
        encoded = features.deserialize_example(record, decoders=decoders)[image]
        return tf.cond(
            tf.strings.substr(encoded, 0, 2) == b"\xff\xd8",
            lambda: tf.io.decode_raw(encoded, tf.uint8),
            lambda: tf.reshape(features[image].decode_example(encoded), [-1]),
        )

    return content


class _Resize:
    def __init__(self, size):
        self.size = size

    def __call__(self, pixels):
        return resize(pixels, self.size)


def _load(stream):
    """The same images, in memory."""
    images = np.empty((stream.count, *stream.shape), np.uint8)
    labels = np.empty(stream.count, np.int32)
    for rows, pixels, numbers in stream.examples(None).batch(1024).prefetch(1):
        images[rows[0] : rows[-1] + 1] = pixels
        labels[rows[0] : rows[-1] + 1] = numbers
    return examples.InMemory(images, labels if stream.has_labels else None)
