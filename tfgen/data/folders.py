"""A folder of image files as a collection."""

import os

import numpy as np
import tensorflow as tf

from tfgen.data import examples, holdout, photos, shuffling
from tfgen.data.collection import Collection, check_split
from tfgen.data.listing import list_folder
from tfgen.data.sizes import check_enlarged


class Folder(Collection):
    """Image files, of which every header was read.

    Args:
        listing: see `Listing`.
        headers: of all files, by path.
        size: `(h, w)` to resize to, or None if all images have the same size.
    """

    def __init__(self, listing, headers, size):
        self.listing, self.size = listing, size
        self.classes = listing.classes
        self.counts = {split: len(paths) for split, paths in listing.splits.items()}
        grey = sum(header.grey for header in headers.values())
        channels = 1 if 2 * grey > len(headers) else 3
        self.shape = (*(size or _common_size(headers)), channels)
        self.notes = (*listing.notes, *_notes(headers, grey, channels))

    def examples(self, split, rows=None):
        """Return the images of a split, held in memory or streamed."""
        check_split(self.listing.root, split, self.counts)
        paths, labels = self.listing.splits[split], self.listing.labels[split]
        rows = range(len(paths)) if rows is None else rows
        paths = [paths[row] for row in rows]
        labels = np.asarray([labels[row] for row in rows] if labels else [0] * len(paths), np.int32)
        has_labels = bool(self.classes)
        if examples.fits_in_memory(len(paths), self.shape):
            pixels = _read_all(paths, self.shape, self.size)
            return examples.InMemory(pixels, labels if has_labels else None)
        stream = _stream(paths, labels, self.shape, self.size)
        return examples.Streamed(stream, len(paths), self.shape, has_labels)

    def digests(self, split):
        """Return the hashes of the files' bytes."""
        return photos.in_threads(_file_digest, self.listing.splits[split])


def from_folder(folder, size=None, enlarge=False) -> Folder:
    """Return the collection of the images of a folder, labelled by their sub-folders if it has any.

    Every file's header is read. The majority of files decides between grey and colour.

    Args:
        folder: path.
        size: `(h, w)` to resize to, or None if all images have the same size.
        enlarge: whether smaller images are made larger; otherwise they are refused.

    Raises:
        FileNotFoundError: without the folder, or without images in it.
        ValueError: for a file that is no image, for images of different sizes, or too small.
    """
    listing = list_folder(folder, photos.SUFFIXES)
    paths = [path for split in listing.splits.values() for path in split]
    headers = dict(zip(paths, photos.headers(paths, listing.root), strict=True))
    if size is not None and not enlarge:
        sizes = [(header.height, header.width) for header in headers.values()]
        check_enlarged(listing.root, sizes, size)
    return Folder(listing, headers, size)


def _common_size(headers):
    """`(h, w)` of all images."""
    (first, (height, width)), *others = [(k, (h.height, h.width)) for k, h in headers.items()]
    for path, other in others:
        if other != (height, width):
            sizes = len({other for _, other in others} | {(height, width)})
            raise ValueError(
                f"{path} is {other[0]}x{other[1]} pixels high and wide, {first.name} is "
                f"{height}x{width}: expected one size, found {sizes}. Give size=(h, w) (--size) to "
                "resize."
            )
    return height, width


def _notes(headers, grey, channels):
    other, name = (grey, "grey") if channels == 3 else (len(headers) - grey, "in colour")
    if other:
        kept = "colour" if channels == 3 else "grey"
        yield f"{other:,} of {len(headers):,} images are {name}; all are read as {kept}"
    if clear := sum(header.transparent for header in headers.values()):
        yield f"the transparency of {clear:,} images was dropped"


def _read_all(paths, shape, size):
    images = np.empty((len(paths), *shape), np.uint8)

    def read(row):
        images[row] = photos.read_image(paths[row], shape[-1], size)

    photos.in_threads(read, range(len(paths)))
    return images


def _file_digest(path):
    return holdout.digest(path.read_bytes())


def _stream(paths, labels, shape, size):
    """The function from a key to examples, see `Streamed`."""
    names = tf.constant([os.fsencode(path) for path in paths])
    labels = tf.constant(labels)

    def read(name):
        return photos.read_image(os.fsdecode(name), shape[-1], size)

    def example(row):
        image = tf.numpy_function(read, [names[row]], tf.uint8, stateful=False)
        return row, tf.ensure_shape(image, shape), labels[row]

    def examples_of(key):
        count = len(paths)
        order = tf.range(count) if key is None else shuffling.permutation(key, count)
        rows = tf.data.Dataset.from_tensor_slices(order)
        return rows.map(example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    return examples_of
