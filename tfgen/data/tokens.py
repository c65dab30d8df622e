"""Tokens as the pipeline sees them: windows of a stream, or rows with a text each.

They lie in a file without a name, which goes with the process, and are read as they are needed.
"""

import dataclasses
import errno
import os
import tempfile

import numpy as np
import tensorflow as tf

from tfgen.data import shuffling


@dataclasses.dataclass(frozen=True)
class Tokens:
    """How a batch of tokens is to look: int32, as stored."""

    def prepared(self, examples, seed):
        """Return look and examples, unchanged."""
        return self, examples

    def of_epoch(self, examples, seed, epoch):
        """Return the function `(number of the batch, indices, tokens) -> int32 batch`."""
        return lambda number, indices, tokens: tokens


class Store:
    """Integers, appended to a temporary file, then read from there.

    Args:
        dtype: of NumPy.
    """

    def __init__(self, dtype):
        self._dtype = np.dtype(dtype)
        self._file = tempfile.TemporaryFile(prefix="tfgen-")  # noqa: SIM115 - lives as this does

    def append(self, integers):
        """Write integers behind those that are there."""
        try:
            self._file.write(np.ascontiguousarray(integers, self._dtype).data)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            why = f"{os.strerror(errno.ENOSPC)} for tokens (TMPDIR names another place)"
            raise OSError(errno.ENOSPC, why, tempfile.gettempdir()) from error

    def read(self):
        """Return all of them, `[count]`, as they lie in the file."""
        self._file.flush()
        if not self._file.tell():
            return np.zeros(0, self._dtype)
        return np.asarray(np.memmap(self._file, self._dtype, "r"))


def dtype_for(size):
    """Return the smallest type that holds the tokens of a vocabulary of `size`."""
    return np.uint16 if size <= 2**16 else np.int32


class _Read:
    """Examples that `batches_of` takes; `_batch(key or nothing, number, rows)` reads a batch."""

    has_labels, white = False, 1.0

    def epoch(self, batch_size, drop_remainder):
        """Return the function `(key, finish) -> dataset`, as `InMemory.epoch` does."""
        batches = self.count // batch_size if drop_remainder else -(-self.count // batch_size)

        def one_epoch(key, finish):
            own = tf.zeros([0], tf.int64) if key is None else key

            def batch(number):
                rows = tf.range(
                    number * batch_size, tf.minimum((number + 1) * batch_size, self.count)
                )
                tokens = tf.numpy_function(self._batch, [own, number, rows], tf.int32, False)
                return finish(number, rows, tf.ensure_shape(tokens, [None, *self.shape]), None)

            return tf.data.Dataset.range(batches).map(batch)

        return one_epoch


class Windows(_Read):
    """Windows of a stream: one after the other, or, with a key, as many at random places.

    Args:
        tokens: of the stream, `[tokens]`.
        length: tokens of a window.
    """

    def __init__(self, tokens, length):
        self.tokens, self.count, self.shape = tokens, len(tokens) // length, (length,)

    def rows(self, rows):
        """Return the windows of these numbers, int32 `[rows, length]`."""
        return self._at(np.asarray(rows, np.int64) * self.shape[0])

    def _batch(self, key, number, rows):
        if not len(key):
            return self.rows(rows)
        stream = np.random.Philox(np.random.SeedSequence([*key.tolist(), int(number)]))
        places = len(self.tokens) - self.shape[0] + 1
        return self._at((stream.random_raw(len(rows)) % np.uint64(places)).astype(np.int64))

    def _at(self, starts):
        return self.tokens[starts[:, None] + np.arange(self.shape[0])].astype(np.int32)


class Rows(_Read):
    """Texts, each a row, filled with end tokens or cut; a key gives them an order.

    Args:
        tokens: of all texts, one behind the other, `[tokens]`.
        stops: where each text ends, `[count]`.
        length: tokens of a row.
        end: the token that ends a text.
    """

    def __init__(self, tokens, stops, length, end):
        self.tokens, self.stops, self.end = tokens, stops, end
        self.count, self.shape = len(stops), (length,)

    def rows(self, rows):
        """Return the texts of these numbers, int32 `[rows, length]`."""
        rows, place = np.asarray(rows, np.int64), np.arange(self.shape[0])
        starts = np.where(rows > 0, self.stops[np.maximum(rows - 1, 0)], 0)
        inside = place < (self.stops[rows] - starts)[:, None]
        places = np.where(inside, starts[:, None] + place, 0)
        return np.where(inside, self.tokens[places], self.end).astype(np.int32)

    def _batch(self, key, number, rows):
        return self.rows(shuffling.shuffled(key, rows, self.count) if len(key) else rows)
