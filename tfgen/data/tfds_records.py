"""Records of TFDS files, in order or shuffled, with memory use that does not grow with the set."""

import numpy as np
import tensorflow as tf

from tfgen.data import shuffling

_WINDOW_BYTES = 2**27  # encoded images that are shuffled among each other when streaming
_WINDOW_EXAMPLES = (64, 2**14)  # at least, at most
_OPEN_FILES = 16


def records(info, order=None):
    """Return `(index, serialized example)`, file by file, or interleaved from files in an order."""
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
    found = tf.data.TFRecordDataset(name).skip(skip).take(take)
    return tf.data.Dataset.zip((tf.data.Dataset.range(start, start + take), found))


def shuffled_records(info, key):
    """Return them with files in random order, 16 at a time, permuted in windows of bounded size."""
    order = shuffling.permutation(key, len(info.file_instructions))
    windows = records(info, order).batch(_window(info)).enumerate()

    def permute(number, window):
        window_key = tf.concat([key, [shuffling.WINDOW, number]], axis=0)
        rows = shuffling.permutation(window_key, tf.shape(window[0])[0])
        return tuple(tf.gather(column, rows) for column in window)

    return windows.map(permute).unbatch()


def _window(info):
    each = max(1, info.num_bytes // max(1, info.num_examples)) if info.num_bytes else 2**16
    return int(np.clip(_WINDOW_BYTES // each, *_WINDOW_EXAMPLES))


def only(rows, count):
    """Return the function that keeps `(index, record)` of some rows, and counts these anew."""
    places = np.full(count, -1, np.int64)
    places[rows] = np.arange(len(rows))
    places = tf.constant(places)

    def kept(records):
        placed = records.map(lambda index, record: (places[index], record))
        return placed.filter(lambda index, record: index >= 0)

    return kept
