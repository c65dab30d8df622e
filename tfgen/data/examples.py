"""Examples as the pipeline sees them: held in memory, or streamed.

Both have `count`, `shape` of one, `has_labels`, `white` (the pixel value of intensity 1, for
images) and `epoch(...)`: one pass over them as a finite dataset.
"""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfgen.data import shuffling

MEMORY_LIMIT = 2**30  # bytes of decoded examples; larger sets are streamed


def fits_in_memory(count, shape, itemsize=1):
    """Return whether so many examples, of numbers of `itemsize` bytes, are to be held in memory."""
    return count * int(np.prod(shape)) * itemsize <= MEMORY_LIMIT


@dataclasses.dataclass(frozen=True)
class InMemory:
    """All examples in one array: an epoch is a permutation, a batch is one gather.

    Attributes:
        array: uint8 or float32 `[count, *shape]`; images `[count, h, w, c]` in [0, white].
        labels: int32 `[count]`, or None.
        white: the pixel value of intensity 1.
    """

    array: np.ndarray
    labels: np.ndarray | None = None
    white: float = 255.0

    @property
    def count(self):
        """Number of examples."""
        return len(self.array)

    @property
    def shape(self):
        """Of one example."""
        return tuple(self.array.shape[1:])

    @property
    def has_labels(self):
        """Whether every example has a label."""
        return self.labels is not None

    def epoch(self, batch_size, drop_remainder):
        """Return the function `(key, finish) -> dataset of the batches of an epoch`.

        Its arguments are the key of the order (None: in order) and
        `finish(number, indices, examples, labels) -> element`, made of TensorFlow operations; the
        labels are None where there are none.

        Args:
            batch_size: examples in a batch.
            drop_remainder: whether to leave out a last, smaller batch.
        """
        # Made here, not in `one_epoch`, which is traced: captured tensors are shared by all passes,
        # where an array would be written into the graph as a constant.
        with tf.device("CPU:0"):
            array = tf.convert_to_tensor(self.array)
            labels = tf.convert_to_tensor(self.labels) if self.has_labels else None

        def batch(finish, number, rows):
            classes = tf.gather(labels, rows) if self.has_labels else None
            return finish(number, rows, tf.gather(array, rows), classes)

        def one_epoch(key, finish):
            order = tf.range(self.count) if key is None else shuffling.permutation(key, self.count)
            rows = _rows(order, self.count, batch_size, drop_remainder).enumerate()
            return rows.map(functools.partial(batch, finish))

        return one_epoch


@dataclasses.dataclass(frozen=True)
class Streamed:
    """Examples that are read and decoded as they are needed, in every epoch anew.

    Attributes:
        examples: function from the key of an epoch (None: in order) to a dataset of
            `(index int32, example [*shape], label int32)`.
        count: number of examples.
        shape: of one example.
        has_labels: whether the labels mean something.
        white: the pixel value of intensity 1.
    """

    examples: Callable
    count: int
    shape: tuple
    has_labels: bool
    white: float = 255.0

    def epoch(self, batch_size, drop_remainder):
        """Return the function `(key, finish) -> dataset`, as `InMemory.epoch` does."""

        def one_epoch(key, finish):
            batches = self.examples(key).batch(batch_size, drop_remainder=drop_remainder)
            return batches.enumerate().map(
                lambda number, batch: finish(number, *batch), num_parallel_calls=2
            )

        return one_epoch


def _rows(order, count, batch_size, drop_remainder):
    """The rows of each batch: `[batch]` each. Cut up here, for every operation in a dataset's
    function is compiled anew at each pass.
    """
    full, rest = divmod(count, batch_size)
    order = tf.ensure_shape(order, [count])
    rows = tf.data.Dataset.from_tensor_slices(tf.reshape(order[: count - rest], [full, batch_size]))
    if drop_remainder or not rest:
        return rows
    return rows.concatenate(tf.data.Dataset.from_tensors(order[count - rest :]))
