"""The block that transformers are made of."""

from typing import Any

import keras
import tensorflow as tf

_LOWEST = -1e9  # below every score


@keras.saving.register_keras_serializable(package="tfgen")
class TransformerBlock(keras.layers.Layer):
    """Self-attention and a perceptron, each behind a normalisation and beside a shortcut.

        y = x + attention(norm(x)),   z = y + perceptron(norm(y))

    Operations are on tensors of at most four axes and built into TFLite. The norm divides by the
    root mean square alone, which every quantization mode of TFLite can convert.

    Args:
        width: size of the last axis; a multiple of `heads`.
        heads: number of attention heads.
        causal: let a place see itself and those before it only.
        **kwargs: `name` and `dtype`.

    Raises:
        ValueError: for a width that is not a positive multiple of `heads`.

    Reference: Vaswani et al. 2017, arXiv 1706.03762; Xiong et al. 2020, arXiv 2002.04745, for the
        norms' place; Zhang and Sennrich 2019, arXiv 1910.07467, for the norm.

    Example:
        >>> TransformerBlock(width=8, heads=2, causal=True)(tf.zeros([3, 5, 8])).shape
        TensorShape([3, 5, 8])
    """

    def __init__(self, width: int, heads: int, causal: bool, **kwargs: Any):
        super().__init__(**kwargs)
        if heads < 1 or width < 1 or width % heads:
            raise ValueError(
                f"TransformerBlock received width={width} and heads={heads}: the width must be a "
                f"positive multiple of the heads. Use width={max(1, heads) * 32}."
            )
        self.width, self.heads, self.causal = width, heads, causal

        def dense(units, name):
            return keras.layers.Dense(units, dtype=self.dtype_policy, name=name)

        def norm(name):
            return keras.layers.RMSNormalization(dtype=self.dtype_policy, name=name)

        self.attention_norm, self.perceptron_norm = norm("attention_norm"), norm("perceptron_norm")
        self.heads_in, self.heads_out = dense(3 * width, "heads_in"), dense(width, "heads_out")
        self.expand, self.contract = dense(4 * width, "expand"), dense(width, "contract")

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Build the layers."""
        wide = (*input_shape[:-1], 4 * self.width)
        for layer in (self.attention_norm, self.perceptron_norm, self.heads_in, self.heads_out):
            layer.build(input_shape)
        self.expand.build(input_shape)
        self.contract.build(wide)

    def call(self, x: tf.Tensor, visible: tf.Tensor | None = None) -> tf.Tensor:
        """Return `[batch, length, width]` for an input of this shape, whose length is static.

        Args:
            x: the input.
            visible: `[batch, length]`, above 0 at the places that others may see; None: all.
        """
        length, size = x.shape[1], self.width // self.heads
        parts = tf.split(self.heads_in(self.attention_norm(x)), 3, axis=-1)
        parts = [tf.reshape(part, [-1, length, self.heads, size]) for part in parts]
        q, k, v = (tf.transpose(part, [0, 2, 1, 3]) for part in parts)
        mask = None
        if self.causal:
            places = tf.range(length)
            mask = places[None, :] <= places[:, None]  # [from, to]
        if visible is not None:
            seen = (visible > 0)[:, None, None, :]
            mask = seen if mask is None else mask & seen
        context = tf.transpose(_attend(q, k, v, mask), [0, 2, 1, 3])
        return self._finish(x, tf.reshape(context, [-1, length, self.width]))

    def empty_cache(self, batch: tf.Tensor, length: int) -> list[tf.Tensor]:
        """Return keys and values of no place yet, each `[batch, heads, length, width / heads]`."""
        shape = [batch, self.heads, length, self.width // self.heads]
        return [tf.zeros(shape, self.compute_dtype), tf.zeros(shape, self.compute_dtype)]

    def step(
        self, x: tf.Tensor, cache: list[tf.Tensor], position: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return what `call` gives at one place, given the keys and values of those before.

        Args:
            x: `[batch, width]`, the input at this place.
            cache: what `empty_cache` or the step before returned.
            position: int32 scalar, the place.

        Returns:
            `[batch, width]`, and the cache with this place in it.
        """
        # At one place there is nothing to transpose.
        together = self.heads_in(self.attention_norm(x))
        together = tf.reshape(together, [-1, 3 * self.heads, 1, self.width // self.heads])
        q, k, v = tf.split(together, 3, axis=1)
        places = tf.range(cache[0].shape[2])
        here = (places == position)[None, None, :, None]
        keys, values = tf.where(here, k, cache[0]), tf.where(here, v, cache[1])
        context = _attend(q, keys, values, (places <= position)[None, :])
        return self._finish(x, tf.reshape(context, [-1, self.width])), [keys, values]

    def _finish(self, x, context):
        """Everything behind the attention, place by place."""
        x = tf.cast(x, context.dtype) + self.heads_out(context)
        # By tanh, since the exact form needs an error function, which TFLite has not.
        hidden = tf.nn.gelu(self.expand(self.perceptron_norm(x)), approximate=True)
        return x + self.contract(hidden)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"width": self.width, "heads": self.heads, "causal": self.causal}
        return {**super().get_config(), **own}


def _attend(q, k, v, mask):
    """Weighted means of the values, `[batch, heads, from, width / heads]`; weights in float32."""
    scores = tf.cast(tf.matmul(q, k, transpose_b=True), tf.float32) * q.shape[-1] ** -0.5
    weights = tf.nn.softmax(scores) if mask is None else _masked_softmax(scores, mask)
    return tf.matmul(tf.cast(weights, v.dtype), v)


def _masked_softmax(scores, mask):
    """The softmax over the places allowed; the others weigh exactly 0.

    TensorFlow's softmax alone would leave denormal weights there, with which the product with the
    values is thirty times as slow.
    """
    return tf.where(mask, tf.nn.softmax(tf.where(mask, scores, _LOWEST)), 0.0)
