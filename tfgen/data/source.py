"""Where images come from, as the pipeline sees it: held in memory, or streamed.

Both kinds have `count`, `image_shape`, `has_labels`, `white` (the pixel value of intensity 1) and
`epoch(...)`: one pass over the data as a finite dataset.
"""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from tfgen.data import shuffling

MEMORY_LIMIT = 2**30  # bytes of decoded images; larger sets are streamed


def fits_in_memory(count, image_shape):
    """Return whether so many uint8 images are to be held in memory."""
    return count * int(np.prod(image_shape)) <= MEMORY_LIMIT


@dataclasses.dataclass(frozen=True)
class InMemory:
    """All images in one array: an epoch is a permutation, a batch is one gather.

    Attributes:
        images: uint8 or float32 `[count, h, w, c]` in [0, white].
        labels: int32 `[count]`, or None.
        white: the pixel value of intensity 1.
    """

    images: np.ndarray
    labels: np.ndarray | None = None
    white: float = 255.0

    @property
    def count(self):
        """Number of images."""
        return len(self.images)

    @property
    def image_shape(self):
        """`(h, w, c)`."""
        return tuple(self.images.shape[1:])

    @property
    def has_labels(self):
        """Whether every image has a label."""
        return self.labels is not None

    def epoch(self, batch_size, drop_remainder):
        """Return the function `(key, finish) -> dataset of the batches of an epoch`.

        Its arguments are the key of the order (None: in order) and
        `finish(number, indices, images, labels) -> element`, made of TensorFlow operations; the
        labels are None where there are none.

        Args:
            batch_size: images in a batch.
            drop_remainder: whether to leave out a last, smaller batch.
        """
        # Made here, not in `one_epoch`, which is traced: captured tensors are shared by all passes,
        # where an array would be written into the graph as a constant.
        with tf.device("CPU:0"):
            images = tf.convert_to_tensor(self.images)
            labels = tf.convert_to_tensor(self.labels) if self.has_labels else None

        def batch(finish, number, rows):
            classes = tf.gather(labels, rows) if self.has_labels else None
            return finish(number, rows, tf.gather(images, rows), classes)

        def one_epoch(key, finish):
            order = tf.range(self.count) if key is None else shuffling.permutation(key, self.count)
            rows = _rows(order, self.count, batch_size, drop_remainder).enumerate()
            return rows.map(functools.partial(batch, finish))

        return one_epoch


@dataclasses.dataclass(frozen=True)
class Streamed:
    """Images that are read and decoded as they are needed, in every epoch anew.

    Attributes:
        examples: function from the key of an epoch (None: in order) to a dataset of
            `(index int32, image uint8 [h, w, c], label int32)`.
        count: number of images.
        image_shape: `(h, w, c)`.
        has_labels: whether the labels mean something.
        white: the pixel value of intensity 1.
    """

    examples: Callable
    count: int
    image_shape: tuple
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
