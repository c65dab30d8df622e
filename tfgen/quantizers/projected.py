"""A quantizer in a space of few dimensions."""

from typing import Any

import keras
import tensorflow as tf

from tfgen.quantizers.quantizer import Quantized, Quantizer, check_quantizer, check_sizes


@keras.saving.register_keras_serializable(package="tfgen")
class Projected(Quantizer):
    """Quantizes a linear projection of its inputs, and projects the codes back.

    For encoders wider than a codebook should be: codes of 8 to 16 dimensions stay in use where
    those of 64 and more collapse. The loss is that of the quantizer, in its own few dimensions.

    Args:
        quantizer: any quantizer, of `code_dim` dimensions.
        input_dim: size of the last axis of inputs and codes, at least 1.
        **kwargs: `name`.

    Raises:
        ValueError: for an `input_dim` below 1, and inputs whose last axis is not `input_dim`.

    Example:
        >>> import tensorflow as tf
        >>> from tfgen.quantizers import FSQ
        >>> quantized = Projected(FSQ((8, 5, 5)), input_dim=32)(tf.ones([2, 7, 7, 32]))
        >>> quantized.codes.shape, quantized.indices.shape
        (TensorShape([2, 7, 7, 32]), TensorShape([2, 7, 7]))

    Reference: Yu et al. 2021, "Vector-quantized image modeling with improved VQGAN",
        arXiv 2110.04627, section 3.2.
    """

    stackable = False

    def __init__(self, quantizer: Quantizer, input_dim: int, **kwargs: Any):
        super().__init__(**kwargs)
        check_sizes("Projected", input_dim=input_dim)
        check_quantizer("Projected", quantizer)
        self.quantizer, self.input_dim = quantizer, input_dim
        self.codebook_size, self.code_dim = quantizer.codebook_size, input_dim
        self.stages = quantizer.stages
        self.down = keras.layers.Dense(quantizer.code_dim, dtype="float32", name="down")
        self.up = keras.layers.Dense(input_dim, dtype="float32", name="up")

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Build the projections and the quantizer."""
        super().build(input_shape)
        few = (*input_shape[:-1], self.quantizer.code_dim)
        self.down.build(input_shape)
        self.up.build(few)
        if not self.quantizer.built:
            self.quantizer.build(few)

    def call(self, inputs: tf.Tensor, training: bool = False) -> Quantized:
        """Return the `Quantized` of float `[batch, ..., input_dim]`."""
        self.check_inputs(inputs.shape)
        quantized = self.quantizer(self.down(inputs), training=training)
        return Quantized(self.up(quantized.codes), quantized.indices, quantized.loss)

    def bound(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the inputs projected and back, which is what the codes approximate."""
        return self.up(self.quantizer.bound(self.down(inputs)))

    def codes_of(self, indices: tf.Tensor) -> tf.Tensor:
        """Return the codes, float32 `[batch, ..., input_dim]`."""
        return self.up(self.quantizer.codes_of(indices))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"quantizer": self.quantizer, "input_dim": self.input_dim}
        return {**super().get_config(), **own}
