"""How much of a codebook is used, counted over an epoch."""

from typing import Any

import keras
import tensorflow as tf


class _CodeCounts(keras.metrics.Metric):
    """Counts how often each code of each stage was chosen."""

    def __init__(self, codebook_size: int, stages: int = 1, name: str | None = None, **kwargs: Any):
        super().__init__(name=name, **kwargs)
        self.codebook_size, self.stages = codebook_size, stages
        # Replicas add their variables; float64 counts exactly to 2^53.
        self.counts = self.add_variable(
            shape=(stages * codebook_size,), initializer="zeros", dtype="float64", name="counts"
        )

    def update_state(self, indices: tf.Tensor) -> None:
        """Take in the indices of a batch: int32 `[batch, ...]`, stages on the last axis if any."""
        indices = tf.reshape(tf.cast(indices, tf.int32), [-1, self.stages])
        bins = tf.reshape(indices + tf.range(self.stages) * self.codebook_size, [-1])
        ones = tf.ones_like(bins, tf.float64)
        self.counts.assign_add(
            tf.math.unsorted_segment_sum(ones, bins, self.stages * self.codebook_size)
        )

    def _by_stage(self):
        return tf.reshape(tf.convert_to_tensor(self.counts), [self.stages, self.codebook_size])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"codebook_size": self.codebook_size, "stages": self.stages}
        return {**super().get_config(), **own}


@keras.saving.register_keras_serializable(package="tfgen")
class CodebookUsage(_CodeCounts):
    """The share of the codes that were chosen at least once since the last reset, in [0, 1].

    Counted over all batches and replicas, since a batch shows few of the codes in use.

    Args:
        codebook_size: number of codes.
        stages: size of the indices' last axis, for a residual quantizer; 1 if they have none.
        name: name in the logs.

    Example:
        >>> metric = CodebookUsage(codebook_size=4)
        >>> metric.update_state(tf.constant([[0, 0], [3, 0]]))
        >>> float(metric.result())
        0.5
    """

    def __init__(self, codebook_size: int, stages: int = 1, name: str = "usage", **kwargs: Any):
        super().__init__(codebook_size, stages, name, **kwargs)

    def result(self) -> tf.Tensor:
        """Return the share of codes used, over all stages: float32 scalar."""
        return tf.reduce_mean(tf.cast(self._by_stage() > 0, tf.float32))


@keras.saving.register_keras_serializable(package="tfgen")
class CodebookPerplexity(_CodeCounts):
    """The number of codes that, evenly used, would tell as much as these: from 1 to the size.

        exp(-sum_k p_k log p_k),   p_k the share of code k since the last reset

    Of several stages, the geometric mean of theirs.

    Args:
        codebook_size: number of codes.
        stages: size of the indices' last axis, for a residual quantizer; 1 if they have none.
        name: name in the logs.

    Example:
        >>> metric = CodebookPerplexity(codebook_size=4)
        >>> metric.update_state(tf.constant([[0, 3], [3, 0]]))
        >>> round(float(metric.result()), 5)
        2.0
    """

    def __init__(
        self, codebook_size: int, stages: int = 1, name: str = "perplexity", **kwargs: Any
    ):
        super().__init__(codebook_size, stages, name, **kwargs)

    def result(self) -> tf.Tensor:
        """Return the perplexity, float32 scalar; 1 without data."""
        counts = self._by_stage()
        shares = tf.math.divide_no_nan(counts, tf.reduce_sum(counts, axis=1, keepdims=True))
        entropies = -tf.reduce_sum(tf.math.xlogy(shares, shares), axis=1)
        return tf.cast(tf.exp(tf.reduce_mean(entropies)), tf.float32)
