"""A codebook of vectors, trained by gradients."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tfgen.quantizers.gradients import straight_through, unit
from tfgen.quantizers.nearest import nearest
from tfgen.quantizers.quantizer import (
    Quantized,
    Quantizer,
    as_rows,
    check_sizes,
    check_training,
    per_example,
)


@keras.saving.register_keras_serializable(package="tfgen")
class VectorQuantizer(Quantizer):
    """Takes the nearest of `codebook_size` vectors, which the optimizer trains.

        loss = |sg[x] - e|^2 + commitment * |x - sg[e]|^2,

    summed over the vectors of an example. The original; `EMAQuantizer` keeps more codes in use.

    Args:
        codebook_size: number of codes, at least 2.
        code_dim: size of a code; 8 to 16 keep more codes in use than 64 and above do.
        commitment: weight of what draws the inputs to their codes, at least 0.
        cosine: compare directions: inputs and codes have length 1.
        gradient: `straight_through` or `rotation_trick`.
        **kwargs: `name`.

    Raises:
        ValueError: for sizes out of range, and inputs whose last axis is not `code_dim`.

    Example:
        >>> quantizer = VectorQuantizer(codebook_size=16, code_dim=4)
        >>> quantized = quantizer(tf.ones([2, 7, 7, 4]))
        >>> quantized.codes.shape, quantized.indices.shape, quantized.loss.shape
        (TensorShape([2, 7, 7, 4]), TensorShape([2, 7, 7]), TensorShape([2]))

    Reference: van den Oord et al. 2017, "Neural discrete representation learning",
        arXiv 1711.00937, equation 3; Yu et al. 2021, arXiv 2110.04627, section 3.2, for cosine.
    """

    def __init__(
        self,
        codebook_size: int,
        code_dim: int,
        *,
        commitment: float = 0.25,
        cosine: bool = False,
        gradient: Callable = straight_through,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_sizes("VectorQuantizer", codebook_size=codebook_size, code_dim=code_dim)
        check_training("VectorQuantizer", commitment, gradient)
        self.codebook_size, self.code_dim = codebook_size, code_dim
        self.commitment, self.cosine, self.gradient = commitment, cosine, gradient
        self.stackable = not cosine

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Create the codebook, near 0 and so within reach of every input."""
        super().build(input_shape)
        most = 1.0 / self.codebook_size
        self.codebook = self.add_weight(
            name="codebook",
            shape=(self.codebook_size, self.code_dim),
            initializer=keras.initializers.RandomUniform(-most, most),
        )

    def call(self, inputs: tf.Tensor, training: bool = False) -> Quantized:
        """Return the `Quantized` of float `[batch, ..., code_dim]`."""
        self.check_inputs(inputs.shape)
        inputs, codebook = self.bound(inputs), self._codebook()
        indices = nearest(as_rows(inputs), codebook)
        codes = tf.reshape(tf.gather(codebook, indices), tf.shape(inputs))
        codebook_loss = per_example(tf.square(tf.stop_gradient(inputs) - codes))
        commitment_loss = per_example(tf.square(inputs - tf.stop_gradient(codes)))
        return Quantized(
            self.gradient(inputs, codes),
            tf.reshape(indices, tf.shape(inputs)[:-1]),
            codebook_loss + self.commitment * commitment_loss,
        )

    def bound(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the inputs, at length 1 for cosine codes."""
        return unit(inputs) if self.cosine else inputs

    def codes_of(self, indices: tf.Tensor) -> tf.Tensor:
        """Return the codes, float32 `[batch, ..., code_dim]`."""
        return tf.gather(self._codebook(), indices)

    def _codebook(self):
        return self.bound(tf.convert_to_tensor(self.codebook))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("codebook_size", "code_dim", "commitment", "cosine", "gradient")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
