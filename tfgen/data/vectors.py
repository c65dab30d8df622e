"""What becomes of stored vectors: float32, and nothing else."""

import dataclasses

import tensorflow as tf


@dataclasses.dataclass(frozen=True)
class Vectors:
    """How a batch of vectors is to look: as stored."""

    def prepared(self, examples, seed):
        """Return look and examples, unchanged."""
        return self, examples

    def of_epoch(self, examples, seed, epoch):
        """Return the function `(number of the batch, indices, vectors) -> float32 batch`."""
        return lambda number, indices, vectors: tf.cast(vectors, tf.float32)
