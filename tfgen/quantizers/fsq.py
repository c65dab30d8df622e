"""Finite scalar quantisation."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen.checks.numbers import check_number
from tfgen.quantizers.gradients import straight_through
from tfgen.quantizers.quantizer import Quantized, Quantizer, check_codebook_size


@keras.saving.register_keras_serializable(package="tfgen")
class FSQ(Quantizer):
    """Rounds each channel to a few levels: a codebook without weights, loss or dead codes.

    Channel j is squashed by tanh and rounded to the nearest of `levels[j]` values that divide
    [-1, 1] evenly, ends included. The index counts in mixed radix, the first channel fastest. The
    first choice where `code_dim` may be small; the paper finds VQ better below about 1,000 codes.

    Args:
        levels: number of values of each channel, each at least 2; the paper's choices are
            (8, 6, 5) for 2^8 codes, (8, 5, 5, 5) for 2^10 and (7, 5, 5, 5, 5) for 2^12.
        scale: half the width of the grid, a float > 0, or one for each channel.
        squash: False clips to the grid instead of squashing, for values known to be within it, as
            those of a later stage of `Residual` are.
        **kwargs: `name`.

    Raises:
        ValueError: for fewer than 2 levels, no level at all, a scale not above 0, and for inputs
            whose last axis is not the number of levels.

    Example:
        >>> fsq = FSQ((3, 2))
        >>> quantized = fsq(tf.constant([[0.1, 2.0]]))
        >>> quantized.codes.numpy().tolist(), quantized.indices.numpy().tolist()
        ([[0.0, 1.0]], [4])

    Reference: Mentzer et al. 2023, "Finite scalar quantization", arXiv 2309.15505, section 3.1 and
        appendix A. Even numbers of levels stand symmetrically about 0 here, where the paper shifts
        them by half a step to include 0; two levels are -1 and 1.
    """

    def __init__(
        self,
        levels: Sequence[int],
        *,
        scale: float | Sequence[float] = 1.0,
        squash: bool = True,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.levels = _checked_levels(levels)
        scales = scale if isinstance(scale, Iterable) else (scale,)
        for number in scales:
            check_number(f"FSQ(levels={self.levels})", "scale", number, "Use 1.0.", above=0)
        if len(tuple(scales)) not in (1, len(self.levels)):
            raise ValueError(
                f"FSQ(levels={self.levels}) received scale={scale}: expected a number above 0, or "
                f"{len(self.levels)} of them. Use 1.0."
            )
        self.scale = tuple(scale) if isinstance(scale, Iterable) else float(scale)
        self.squash = squash
        self.code_dim = len(self.levels)
        self.codebook_size = check_codebook_size(f"FSQ{self.levels}", self.levels)
        self._steps = np.array(self.levels, np.float32) - 1.0
        self._scales = np.broadcast_to(np.array(self.scale, np.float32), [self.code_dim])
        # The number of codes that one step of each channel is worth.
        self._radix = np.cumprod([1, *self.levels[:-1]]).astype(np.int32)
        # The levels of all channels, one channel after the other, and where each begins: looked up,
        # since 16-bit TFLite cannot subtract from a range that is twice as wide as the result's.
        self._table = np.concatenate([*map(self._levels_of, range(self.code_dim))])
        self._begin = np.cumsum([0, *self.levels[:-1]]).astype(np.int32)

    def call(self, inputs: tf.Tensor, training: bool = False) -> Quantized:
        """Return the `Quantized` of `[batch, ..., len(levels)]`; its loss is 0."""
        self.check_inputs(inputs.shape)
        bounded = self.bound(inputs)
        digits = tf.cast(tf.round((bounded / self._scales + 1.0) * (0.5 * self._steps)), tf.int32)
        digits = tf.clip_by_value(digits, 0, np.array(self.levels, np.int32) - 1)  # NaN has none
        indices = tf.reduce_sum(digits * self._radix, axis=-1)
        codes = straight_through(bounded, self._values(digits))
        return Quantized(codes, indices, tf.zeros(tf.shape(inputs)[:1]))

    def bound(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the inputs squashed, or clipped, to the grid."""
        if self.squash:
            return tf.tanh(inputs) * self._scales
        return tf.clip_by_value(inputs, -self._scales, self._scales)

    def codes_of(self, indices: tf.Tensor) -> tf.Tensor:
        """Return the codes, float32 `[batch, ..., len(levels)]`."""
        return self._values((indices[..., None] // self._radix) % np.array(self.levels, np.int32))

    def _values(self, digits):
        return tf.gather(tf.constant(self._table), digits + self._begin)

    def _levels_of(self, channel):
        digits = np.arange(self.levels[channel], dtype=np.float32)
        return (np.float32(2) * digits / self._steps[channel] - 1) * self._scales[channel]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"levels": self.levels, "scale": self.scale, "squash": self.squash}
        return {**super().get_config(), **own}


def _checked_levels(levels):
    whole = isinstance(levels, Iterable) and not isinstance(levels, str) and list(levels)
    if not whole or not all(isinstance(n, (int, np.integer)) and n >= 2 for n in whole):
        raise ValueError(
            f"FSQ received levels={levels!r}: expected an integer of at least 2 for each channel. "
            "Use (8, 5, 5, 5) for about 2^10 codes, say."
        )
    return tuple(int(level) for level in whole)
