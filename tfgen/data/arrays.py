"""NumPy arrays and scikit-learn's digits as collections of images or vectors."""

import functools

import numpy as np
import tensorflow as tf

from tfgen import kinds
from tfgen.data import examples, holdout, shuffling
from tfgen.data.array_checks import checked_examples, checked_labels
from tfgen.data.collection import Collection, check_split

_TEST_EVERY = 5
_MOST_CLASSES = 2**16
_NAMED = 5  # classes without examples that a note names


class Arrays(Collection):
    """Arrays, one for each split.

    Args:
        parts: `{split: (examples, labels or None)}`, checked.
        white: the pixel value of intensity 1.
        name: for errors.
        beside: notes of what else was found.
    """

    def __init__(self, parts, white, name, beside=()):
        self.parts, self.white, self.name, self.beside = parts, white, name, beside
        self.counts = {split: len(array) for split, (array, _) in parts.items()}
        array, self._labels = next(iter(parts.values()))
        self.shape = tuple(array.shape[1:])
        self.kind = kinds.Points() if array.ndim == 2 else kinds.Image()

    @functools.cached_property
    def classes(self):
        """The numbers of the classes, as names."""
        if self._labels is None:
            return ()
        count = 1 + max(int(labels.max()) for _, labels in self.parts.values())
        if count > _MOST_CLASSES:
            raise ValueError(
                f"{self.name} has labels up to {count - 1:,}: expected the numbers of at most "
                f"{_MOST_CLASSES:,} classes. Number the classes from 0 without gaps."
            )
        return tuple(str(number) for number in range(count))

    @property
    def notes(self):
        """Names classes of which there is no example, and what was found beside."""
        pairs = self.parts.values() if self.classes else ()
        seen = {int(label) for _, labels in pairs for label in np.unique(labels)}
        empty = [name for number, name in enumerate(self.classes) if number not in seen]
        named = ", ".join(empty[:_NAMED]) + (", ..." if len(empty) > _NAMED else "")
        return (*self.beside, *([f"classes without examples: {named}"] if empty else []))

    def examples(self, split, rows=None):
        """Return the examples of a split; where there is but one, of that, however it is called."""
        array, labels = self._part(split)
        if isinstance(array, np.memmap) and not _fits(array):
            return _streamed(array, labels, rows, self.white)
        if rows is not None:
            array, labels = array[rows], None if labels is None else labels[rows]
        return examples.InMemory(_plain(array), labels, self.white)

    def digests(self, split):
        """Return the hashes of the examples' bytes."""
        return [holdout.digest(_plain(row).tobytes()) for row in self._part(split)[0]]

    def _part(self, split):
        if len(self.parts) > 1:
            check_split(self.name, split, self.parts)
        return self.parts.get(split, next(iter(self.parts.values())))


def from_arrays(data, name="The array") -> Arrays:
    """Return the collection for arrays.

    Args:
        data: images uint8 `[n, h, w]` or `[n, h, w, c]` in 0..255, or floats in [0, 1]; or vectors
            `[n, d]`; or a pair of those and labels, integers `[n]` from 0; or a pair of such pairs,
            to train and to test, as the `load_data()` of Keras's data sets returns.
        name: for errors.

    Raises:
        ValueError: for another rank, dtype, range or length, for NaN and for no examples.
    """
    pairs = [data] if not _is_pair_of_pairs(data) else data
    pairs = [pair if isinstance(pair, (tuple, list)) else (pair, None) for pair in pairs]
    if any(len(pair) != 2 for pair in pairs):
        raise ValueError(
            f"{name} is a {type(data).__name__} of {len(data)}: expected an array or a pair "
            "(examples, labels). Join examples with np.stack."
        )
    return from_parts(dict(zip(("train", "test"), pairs, strict=False)), name)


def from_parts(parts, name, beside=()):
    """Return the collection for `{split: (examples, labels or None)}`, checked; `beside` are notes
    of what else was found.
    """
    checked = {split: _checked(*pair, name) for split, pair in parts.items()}
    arrays = [array for array, _ in checked.values()]
    if len({(array.shape[1:], array.dtype == np.uint8) for array in arrays}) > 1:
        found = " and ".join(f"{array.dtype} {array.shape}" for array in arrays)
        raise ValueError(
            f"{name} has {found} to train and to test: expected examples of one shape and dtype. "
            "Convert one like the other."
        )
    if len({labels is None for _, labels in checked.values()}) > 1:
        raise ValueError(
            f"{name} has labels for one of train and test only: expected both or none. Add them."
        )
    white = 255.0 if arrays[0].dtype == np.uint8 else 1.0
    return Arrays(checked, white, name, beside)


def digits() -> Arrays:
    """Return scikit-learn's 8x8 digits: 1,437 to train, 360 to test, frozen.

    Every fifth image of each class, in the order of the data set, is for the test.
    """
    from sklearn.datasets import load_digits  # only here: scikit-learn is slow to import

    data = load_digits()
    is_test = np.zeros(len(data.target), bool)
    is_test[np.argsort(data.target, kind="stable")[::_TEST_EVERY]] = True
    images = data.images.astype(np.uint8)[..., None]
    labels = data.target.astype(np.int32)
    parts = {
        "train": (images[~is_test], labels[~is_test]),
        "test": (images[is_test], labels[is_test]),
    }
    return Arrays(parts, white=16.0, name="digits")


def _is_pair_of_pairs(data):
    return (
        isinstance(data, (tuple, list))
        and len(data) == 2
        and all(isinstance(pair, tuple) and len(pair) == 2 for pair in data)
    )


def _checked(array, labels, name):
    array = checked_examples(array, name)
    return array, None if labels is None else checked_labels(labels, len(array), name)


def _fits(array):
    itemsize = 1 if array.dtype == np.uint8 else 4
    return examples.fits_in_memory(len(array), array.shape[1:], itemsize)


def _plain(array):
    """Return uint8 or float32 in memory, the same bytes on every machine."""
    return np.ascontiguousarray(array, np.uint8 if array.dtype == np.uint8 else "<f4")


def _streamed(array, labels, rows, white):
    """Examples read from a file that is mapped into memory."""
    rows = np.arange(len(array)) if rows is None else rows
    places = tf.constant(rows, tf.int64)
    classes = tf.constant(np.zeros(len(rows), np.int32) if labels is None else labels[rows])
    dtype = tf.uint8 if array.dtype == np.uint8 else tf.float32

    def example(index):
        read = tf.numpy_function(lambda row: _plain(array[row]), [places[index]], dtype)
        return index, tf.ensure_shape(read, array.shape[1:]), classes[index]

    def in_order_of(key):
        count = len(rows)
        order = tf.range(count) if key is None else shuffling.permutation(key, count)
        return tf.data.Dataset.from_tensor_slices(order).map(example)

    return examples.Streamed(
        in_order_of, len(rows), tuple(array.shape[1:]), labels is not None, white
    )
