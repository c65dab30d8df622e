"""Decoders that write rows of tokens one by one, each with a latent z in view.

Both give a text VAE what it needs: all places at once for the likelihood of given rows, and one
place after another to write. Attributes: `vocabulary`, `length`, `latent_dim`, and `blank`, the
token that stands for none, before the first one and wherever the input is hidden.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tfgen.networks.checks import check_positive
from tfgen.networks.language import LanguageTransformer
from tfgen.networks.recurrent import GRULayer
from tfgen.networks.rows import embedded, shifted


def gru_text_decoder(
    vocabulary: int,
    length: int,
    latent_dim: int,
    width: int = 256,
    embedding: int = 64,
    depth: int = 1,
    name: str = "decoder",
) -> keras.Model:
    """Return a built recurrent network whose first state and every input z decides on.

    Args:
        vocabulary: number of different tokens, the end of a text included.
        length: tokens in a row.
        latent_dim: size of z.
        width: size of the state.
        embedding: size of the vectors that stand for tokens.
        depth: number of recurrences, one on top of the other.
        name: the model's name.

    Returns:
        A keras.Model: `[z [batch, latent_dim], tokens int32 [batch, length]]` → logits, float32
        `[batch, length, vocabulary]`, those at place t from z and the tokens before t alone.

    Raises:
        ValueError: for numbers out of range.

    Example:
        >>> network = gru_text_decoder(5, 6, latent_dim=2, width=8)
        >>> network([tf.zeros([3, 2]), tf.zeros([3, 6], tf.int32)]).shape
        TensorShape([3, 6, 5])
    """
    return GRUTextDecoder(vocabulary, length, latent_dim, width, embedding, depth, name=name)


def transformer_text_decoder(
    vocabulary: int,
    length: int,
    latent_dim: int,
    width: int = 128,
    depth: int = 4,
    heads: int = 4,
    dropout: float = 0.0,
    name: str = "decoder",
) -> keras.Model:
    """Return a built causal transformer into each block of which z is added, at every place.

    Without z it is a `language_transformer`.

    Args:
        vocabulary: as for `gru_text_decoder`, like the next two.
        length: tokens in a row.
        latent_dim: size of z.
        width: size of the vectors inside, an even multiple of `heads`.
        depth: number of blocks.
        heads: attention heads of each block.
        dropout: as for `language_transformer`.
        name: the model's name.

    Returns:
        A keras.Model, as `gru_text_decoder` does.

    Raises:
        ValueError: for numbers out of range.

    Reference: Li et al. 2020, "Optimus", arXiv 2004.04092, section 3.2, for where z enters.

    Example:
        >>> network = transformer_text_decoder(5, 6, latent_dim=2, width=8, depth=1, heads=2)
        >>> network([tf.zeros([3, 2]), tf.zeros([3, 6], tf.int32)]).shape
        TensorShape([3, 6, 5])
    """
    return TransformerTextDecoder(
        vocabulary, length, latent_dim, width, depth, heads, dropout, name=name
    )


@keras.saving.register_keras_serializable(package="tfgen")
class GRUTextDecoder(keras.Model):
    """Gated recurrences with z in view; use `gru_text_decoder`."""

    def __init__(
        self,
        vocabulary: int,
        length: int,
        latent_dim: int,
        width: int,
        embedding: int,
        depth: int,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        sizes = {"vocabulary": vocabulary, "length": length, "latent_dim": latent_dim,
                 "width": width, "embedding": embedding, "depth": depth}  # fmt: skip
        check_positive("gru_text_decoder", **sizes)
        self.vocabulary, self.length, self.latent_dim = vocabulary, length, latent_dim
        self.width, self.embedding, self.depth = width, embedding, depth
        self.blank = vocabulary
        small, policy = keras.initializers.RandomNormal(stddev=0.02), self.dtype_policy
        self.token_vectors = keras.layers.Embedding(vocabulary + 1, embedding, small, dtype=policy)
        self.starts = keras.layers.Dense(depth * width, "tanh", dtype=policy, name="starts")
        self.layers_of_states = [
            GRULayer(width, dtype=policy, name=f"recurrence_{i}") for i in range(depth)
        ]
        # The last layer is float32 under every precision policy: logits need it.
        self.outputs_layer = keras.layers.Dense(vocabulary, dtype="float32", name="logits")
        self._build_layers()

    def _build_layers(self):
        self.token_vectors.build((None, self.length))
        self.starts.build((None, self.latent_dim))
        for i, layer in enumerate(self.layers_of_states):
            size = self.width if i else self.embedding
            layer.build((None, self.length, size + self.latent_dim))
        self.outputs_layer.build((None, self.length, self.width + self.latent_dim))
        self.built = True

    def call(self, inputs: Sequence[tf.Tensor], training: bool = False) -> tf.Tensor:
        """Return the logits, float32 `[batch, length, vocabulary]`, for `[z, tokens]`."""
        z, tokens = inputs
        x, states = self.token_vectors(shifted(self, tokens)), self._states(z)
        everywhere = tf.tile(tf.cast(z, x.dtype)[:, None], [1, x.shape[1], 1])
        for layer, state in zip(self.layers_of_states, states, strict=True):
            x = layer(tf.concat([x, everywhere], axis=-1), state)
        return self.outputs_layer(tf.concat([x, everywhere], axis=-1))

    def start(self, z: tf.Tensor) -> list[tf.Tensor]:
        """Return the cache for the first `step`: z, and the first states."""
        return [tf.cast(z, self.compute_dtype), *self._states(z)]

    def step(
        self, previous: tf.Tensor, position: tf.Tensor, cache: list[tf.Tensor]
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return what `call` gives at one place, and the cache for the next.

        Args:
            previous: int32 `[batch]`, the token before; `blank` at first.
            position: int32 scalar, the place, from 0 on.
            cache: from `start`, then from the step before.

        Returns:
            Logits, float32 `[batch, vocabulary]`, and the new cache.
        """
        z, *states = cache
        x, moved = self.token_vectors(previous), []
        for layer, state in zip(self.layers_of_states, states, strict=True):
            x = layer.step(tf.concat([x, z], axis=-1), state)
            moved.append(x)
        return self.outputs_layer(tf.concat([x, z], axis=-1)), [z, *moved]

    def _states(self, z):
        return tf.split(self.starts(z), self.depth, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("vocabulary", "length", "latent_dim", "width", "embedding", "depth")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "GRUTextDecoder":
        """Build the network that `get_config` describes."""
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})


@keras.saving.register_keras_serializable(package="tfgen")
class TransformerTextDecoder(LanguageTransformer):
    """A causal transformer with z in view; use `transformer_text_decoder`."""

    def __init__(
        self,
        vocabulary: int,
        length: int,
        latent_dim: int,
        width: int,
        depth: int,
        heads: int,
        dropout: float = 0.0,
        **kwargs: Any,
    ):
        super().__init__(vocabulary, length, width, depth, heads, dropout, **kwargs)
        check_positive("transformer_text_decoder", latent_dim=latent_dim)
        self.latent_dim = latent_dim
        self.views = keras.layers.Dense(depth * width, dtype=self.dtype_policy, name="views")
        self.views.build((None, latent_dim))

    def call(self, inputs: Sequence[tf.Tensor], training: bool = False) -> tf.Tensor:
        """Return the logits, float32 `[batch, length, vocabulary]`, for `[z, tokens]`."""
        z, tokens = inputs
        x, seeds = self._entered(tokens, training)
        for block, own, view in zip(self.blocks, seeds, self._views(z), strict=True):
            x = block(_seen(x, view[:, None]), own)
        return self._logits(x)

    def start(self, z: tf.Tensor) -> list:
        """Return the cache for the first `step`: what z adds to each block, and no places yet."""
        return [self._views(z), self.empty_cache(tf.shape(z)[0])]

    def step(
        self, previous: tf.Tensor, position: tf.Tensor, cache: list, labels: None = None
    ) -> tuple[tf.Tensor, list]:
        """Return what `call` gives at one place, and the cache; as `GRUTextDecoder.step`."""
        views, places = cache
        x, caches = embedded(self.embedding, previous, "float32"), []
        for block, view, place in zip(self.blocks, views, places, strict=True):
            x, place = block.step(_seen(x, view), place, position)
            caches.append(place)
        return self._logits(x), [views, caches]

    def _views(self, z):
        """What z adds before each block, [batch, width] each."""
        return tf.split(self.views(z), self.depth, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "latent_dim": self.latent_dim}


def _seen(x, view):
    return x + tf.cast(view, x.dtype)
