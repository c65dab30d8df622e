"""A codebook of numbers for each channel."""

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen.checks.numbers import check_number
from tfgen.quantizers.gradients import straight_through
from tfgen.quantizers.quantizer import Quantized, Quantizer, as_rows, check_sizes, per_example

_HALF_WIDTH = 0.5  # of the values at first


@keras.saving.register_keras_serializable(package="tfgen")
class ScalarQuantizer(Quantizer):
    """Takes, in each channel by itself, the nearest of a few numbers, which the optimizer trains.

        loss = codebook_weight * |sg[x] - v|^2 + commitment * |x - sg[v]|^2,

    summed over an example. There is an index for each channel, on the last axis: channels are
    latents with names of their own, where those of `FSQ` make one index together. With strong
    decoupled weight decay on all weights (`keras.optimizers.AdamW`), encoder and decoder are driven
    to use values the same way wherever they appear, so that a latent comes to mean one thing: the
    quantised latent autoencoder, QLAE.

    Args:
        codebook_size: values of each channel, at least 2.
        code_dim: number of channels.
        codebook_weight: at least 0.
        commitment: at least 0. In the paper both are 0.01 of a mean over channels beside a mean
            over pixels: 0.01 * pixels / channels here, where sums are taken.
        **kwargs: `name`.

    Raises:
        ValueError: for numbers out of range, and inputs whose last axis is not `code_dim`.

    Example:
        >>> quantized = ScalarQuantizer(3, 2)(tf.constant([[0.1, 2.0]]))
        >>> quantized.codes.numpy().tolist(), quantized.indices.numpy().tolist()
        ([[0.0, 0.5]], [[1, 2]])

    Reference: Hsu et al. 2023, "Disentanglement via latent quantization", arXiv 2305.18378,
        section 3.
    """

    stackable = False

    def __init__(
        self,
        codebook_size: int,
        code_dim: int,
        *,
        codebook_weight: float = 1.0,
        commitment: float = 1.0,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_sizes("ScalarQuantizer", codebook_size=codebook_size, code_dim=code_dim)
        for name, weight in {"codebook_weight": codebook_weight, "commitment": commitment}.items():
            check_number("ScalarQuantizer", name, weight, "Use 1.0.", least=0)
        self.codebook_size, self.code_dim, self.stages = codebook_size, code_dim, code_dim
        self.codebook_weight, self.commitment = codebook_weight, commitment

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Create the values of all channels, evenly from -1/2 to 1/2."""
        super().build(input_shape)
        values = np.linspace(-_HALF_WIDTH, _HALF_WIDTH, self.codebook_size, dtype=np.float32)
        self.values = self.add_weight(
            name="values",
            shape=(self.code_dim, self.codebook_size),
            initializer=lambda shape, dtype: tf.tile(values[None], [self.code_dim, 1]),
        )

    def call(self, inputs: tf.Tensor, training: bool = False) -> Quantized:
        """Return the `Quantized` of float `[batch, ..., code_dim]`, with indices of that shape."""
        self.check_inputs(inputs.shape)
        rows = as_rows(inputs)
        distances = tf.abs(tf.expand_dims(rows, -1) - tf.convert_to_tensor(self.values))
        found = tf.argmin(distances, axis=-1, output_type=tf.int32)  # [rows, code_dim]
        codes = tf.reshape(self._values_at(found), tf.shape(inputs))
        codebook_loss = per_example(tf.square(tf.stop_gradient(inputs) - codes))
        commitment_loss = per_example(tf.square(inputs - tf.stop_gradient(codes)))
        return Quantized(
            straight_through(inputs, codes),
            tf.reshape(found, tf.concat([[-1], self._index_shape(inputs)], axis=0)),
            self.codebook_weight * codebook_loss + self.commitment * commitment_loss,
        )

    def codes_of(self, indices: tf.Tensor) -> tf.Tensor:
        """Return the codes, float32 `[batch, ..., code_dim]`."""
        return self._values_at(tf.expand_dims(indices, -1) if self.code_dim == 1 else indices)

    def _values_at(self, indices):
        flat = tf.reshape(tf.convert_to_tensor(self.values), [-1])
        return tf.gather(flat, indices + self.codebook_size * np.arange(self.code_dim))

    def _index_shape(self, inputs):
        sides = tf.shape(inputs)[1:-1]
        return sides if self.code_dim == 1 else tf.concat([sides, [self.code_dim]], axis=0)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("codebook_size", "code_dim", "codebook_weight", "commitment")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}
