"""What every quantizer is."""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from tfgen.checks.functions import check_function
from tfgen.checks.numbers import check_integer, check_number


class Quantized(NamedTuple):
    """What a quantizer returns.

    Attributes:
        codes: float32, of the shape of the inputs; equal to `lookup(indices)`, and with a gradient
            with respect to the inputs.
        indices: int32 `[batch, ...]`, see `Quantizer.index_shape`.
        loss: float32 `[batch]`, what the quantizer adds to an example's loss.
    """

    codes: tf.Tensor
    indices: tf.Tensor
    loss: tf.Tensor


class Quantizer(keras.layers.Layer):
    """Maps vectors on the last axis to codes of a finite codebook: the base of all quantizers.

    It computes in float32 under every precision policy: the nearest of many codes is a matter of
    small differences.

    A subclass sets `codebook_size` and `code_dim`, and defines `call(inputs, training)`, which
    returns a `Quantized`, and `codes_of(indices)`.

    Args:
        **kwargs: `name`.

    Attributes:
        codebook_size: number of different indices.
        code_dim: size of the last axis of inputs and codes.
        stages: indices for each vector, on a last axis of their own where there are several.
        stackable: whether codes and inputs are in the same unit, so that a residual makes sense.
    """

    codebook_size: int
    code_dim: int
    stages = 1
    stackable = True

    def __init__(self, **kwargs: Any):
        super().__init__(**{**kwargs, "dtype": "float32"})

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Check the last axis."""
        self.check_inputs(input_shape)

    def codes_of(self, indices: tf.Tensor) -> tf.Tensor:
        """Return what `lookup` does, for valid indices and in builtin TFLite operations."""
        raise NotImplementedError(f"{type(self).__name__} does not define codes_of.")

    def bound(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return what the codes approximate, float32 of the shape of the inputs: mostly these."""
        return inputs

    def lookup(self, indices: tf.Tensor) -> tf.Tensor:
        """Return the codes, float32 `[batch, ..., code_dim]`, of indices `[batch, ...]`.

        Raises:
            ValueError: outside of graphs, for an index below 0 or not below `codebook_size`.
        """
        indices = tf.cast(tf.convert_to_tensor(indices), tf.int32)
        self._check_range(indices)
        return self.codes_of(indices)

    def index_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the indices for the shape of inputs, both without the batch.

        Example:
            >>> from tfgen import quantizers
            >>> quantizers.FSQ((8, 5, 5)).index_shape((7, 7, 3))
            (7, 7)
        """
        return (*input_shape[:-1], *([self.stages] if self.stages > 1 else []))

    def check_inputs(self, input_shape: tuple[int, ...]) -> None:
        """Raise `ValueError` where the last axis is not `code_dim`."""
        if input_shape[-1] != self.code_dim:
            raise ValueError(
                f"{type(self).__name__}(code_dim={self.code_dim}) received inputs of shape "
                f"{tuple(input_shape)}: the last axis must equal code_dim. End the encoder with "
                f"{self.code_dim} channels, or wrap the quantizer: "
                f"Projected(quantizer, input_dim={input_shape[-1]})."
            )

    def _check_range(self, indices):
        if not tf.executing_eagerly() or tf.size(indices) == 0:
            return
        low, high = int(tf.reduce_min(indices)), int(tf.reduce_max(indices))
        if low < 0 or high >= self.codebook_size:
            raise ValueError(
                f"{type(self).__name__}.lookup received indices from {low} to {high}: they must "
                f"lie in [0, {self.codebook_size - 1}]. Use indices of this very codebook, without "
                "mask or padding."
            )

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> Quantized:
        """Return the shapes of codes, indices and loss, batch included."""
        indices = (input_shape[0], *self.index_shape(input_shape[1:]))
        return Quantized(tuple(input_shape), indices, (input_shape[0],))

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Quantizer":
        """Build the layer that `get_config` describes."""
        config = {k: v for k, v in config.items() if k != "dtype"}  # always float32
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})


def per_example(values: tf.Tensor) -> tf.Tensor:
    """Return the sums, `[batch]`, of `[batch, ...]` over all axes but the first."""
    return tf.reduce_sum(values, axis=[*range(1, values.shape.rank)])


def as_rows(inputs: tf.Tensor) -> tf.Tensor:
    """Return the vectors of the last axis as rows: `[vectors, code_dim]`."""
    return tf.reshape(inputs, [-1, inputs.shape[-1]])


def check_sizes(quantizer: str, **sizes: Any) -> None:
    """Raise `ValueError` where a size is not an integer of at least 1, or a codebook below 2."""
    for name, size in sizes.items():
        least = 2 if name == "codebook_size" else 1
        fix = f"Set {name} to {512 if least == 2 else 8}, say."
        check_integer(quantizer, name, size, fix, least=least)


def check_training(quantizer: str, commitment: float, gradient: Any) -> None:
    """Raise `ValueError` for a weight below 0 or not finite, and a gradient that is no function."""
    check_number(quantizer, "commitment", commitment, "Use 0.25.", least=0)
    taken = "(inputs, codes) -> codes"
    check_function(quantizer, "gradient", gradient, taken, "tfgen.quantizers")


def check_quantizer(owner: str, quantizer: Any) -> None:
    """Raise `ValueError` for what is no quantizer; `owner` received it."""
    if not isinstance(quantizer, Quantizer):
        raise ValueError(
            f"{owner} received {quantizer!r} as a quantizer: expected an object of "
            "tfgen.quantizers, such as EMAQuantizer(512, 16)."
        )


def check_codebook_size(quantizer: str, sizes: Iterable[int]) -> int:
    """Return the product of the sizes; raise `ValueError` where int32 can't count it."""
    total = math.prod(sizes)
    if total > 2**31 - 1:
        raise ValueError(
            f"{quantizer} has {total} codes: indices are int32, at most {2**31 - 1} codes. Use "
            "fewer or smaller levels."
        )
    return total
