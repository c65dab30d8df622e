"""Encoders of rows of tokens: what a text VAE reads texts with."""

from typing import Any

import keras
import tensorflow as tf

from tfgen.networks.attention import TransformerBlock
from tfgen.networks.checks import check_positive
from tfgen.networks.recurrent import GRULayer
from tfgen.tokenizers.rows import counted


def gru_text_encoder(
    vocabulary: int,
    length: int,
    outputs: int,
    width: int = 256,
    embedding: int = 64,
    end: int | None = None,
    name: str = "encoder",
) -> keras.Model:
    """Return a built network that reads rows in both directions and tells what it read.

    Args:
        vocabulary: number of different tokens, the end of a text included.
        length: tokens in a row.
        outputs: size of what it tells; of a VAE `2 * latent_dim`.
        width: size of the state of each direction.
        embedding: size of the vectors that stand for tokens.
        end: the token that ends a text: what follows the first one of a row is not read. None
            reads whole rows, such as windows of a stream.
        name: the model's name.

    Returns:
        A keras.Model: int32 `[batch, length]` → float32 `[batch, outputs]`.

    Raises:
        ValueError: for numbers out of range.

    Example:
        >>> gru_text_encoder(5, 6, 4, width=8, end=4)(tf.zeros([3, 6], tf.int32)).shape
        TensorShape([3, 4])
    """
    return GRUTextEncoder(vocabulary, length, outputs, width, embedding, end, name=name)


def transformer_text_encoder(
    vocabulary: int,
    length: int,
    outputs: int,
    width: int = 128,
    depth: int = 2,
    heads: int = 4,
    end: int | None = None,
    name: str = "encoder",
) -> keras.Model:
    """Return a built transformer in which every token sees all others, and its mean is told.

    Args:
        vocabulary: as for `gru_text_encoder`, like the next two.
        length: tokens in a row.
        outputs: size of what it tells.
        width: size of the vectors inside, a multiple of `heads`.
        depth: number of blocks.
        heads: attention heads of each block.
        end: as for `gru_text_encoder`.
        name: the model's name.

    Returns:
        A keras.Model: int32 `[batch, length]` → float32 `[batch, outputs]`.

    Raises:
        ValueError: for numbers out of range.

    Example:
        >>> network = transformer_text_encoder(5, 6, 4, width=8, depth=1, heads=2, end=4)
        >>> network(tf.zeros([3, 6], tf.int32)).shape
        TensorShape([3, 4])
    """
    return TransformerTextEncoder(vocabulary, length, outputs, width, depth, heads, end, name=name)


class _Encoder(keras.Model):
    """What both have: vectors for tokens, a mask of those that are read, and what is told."""

    names: tuple[str, ...]

    def __init__(self, vocabulary, length, outputs, width, embedding, end, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        check_positive(owner, vocabulary=vocabulary, length=length, outputs=outputs, width=width)
        if end is not None and (not isinstance(end, int) or not 0 <= end < vocabulary):
            raise ValueError(
                f"{owner} received end={end!r}: expected one of its {vocabulary} tokens, from 0 to "
                f"{vocabulary - 1}. Use the tokenizer's end, or None to read whole rows."
            )
        self.vocabulary, self.length, self.outputs_size = vocabulary, length, outputs
        self.width, self.end = width, end
        small, policy = keras.initializers.RandomNormal(stddev=0.02), self.dtype_policy
        self.token_vectors = keras.layers.Embedding(vocabulary, embedding, small, dtype=policy)
        self.token_vectors.build((None, length))
        # The last layer is float32 under every precision policy.
        self.tell = keras.layers.Dense(outputs, dtype="float32", name="outputs")

    def _read(self, tokens):
        """Return the vectors `[batch, length, embedding]` and which are read, `[batch, length]`."""
        tokens = tf.cast(tokens, tf.int32)
        x = self.token_vectors(tokens)
        if self.end is None:
            return x, tf.ones(tf.shape(tokens))
        return x, counted(tokens, self.end)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {name: getattr(self, name) for name in self.names}
        return {**super().get_config(), **own, "outputs": self.outputs_size}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Build the network that `get_config` describes."""
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})


@keras.saving.register_keras_serializable(package="tfgen")
class GRUTextEncoder(_Encoder):
    """Reads rows forwards and backwards; use `gru_text_encoder`."""

    names = ("vocabulary", "length", "width", "embedding", "end")

    def __init__(
        self,
        vocabulary: int,
        length: int,
        outputs: int,
        width: int,
        embedding: int,
        end: int | None,
        **kwargs: Any,
    ):
        super().__init__(vocabulary, length, outputs, width, embedding, end, **kwargs)
        check_positive(type(self).__name__, embedding=embedding)
        self.embedding = embedding
        policy = self.dtype_policy
        self.forwards = GRULayer(width, dtype=policy, name="forwards")
        self.backwards = GRULayer(width, dtype=policy, name="backwards")
        for layer in (self.forwards, self.backwards):
            layer.build((None, length, embedding))
        self.tell.build((None, 2 * width))
        self.built = True

    def call(self, tokens: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return what is told of the rows, float32 `[batch, outputs]`."""
        x, read = self._read(tokens)
        forwards = self.forwards(x, kept=read)[:, -1]
        backwards = self.backwards(tf.reverse(x, [1]), kept=tf.reverse(read, [1]))[:, -1]
        return self.tell(tf.concat([forwards, backwards], axis=-1))


@keras.saving.register_keras_serializable(package="tfgen")
class TransformerTextEncoder(_Encoder):
    """A transformer and a mean; use `transformer_text_encoder`."""

    names = ("vocabulary", "length", "width", "depth", "heads", "end")

    def __init__(
        self,
        vocabulary: int,
        length: int,
        outputs: int,
        width: int,
        depth: int,
        heads: int,
        end: int | None,
        **kwargs: Any,
    ):
        super().__init__(vocabulary, length, outputs, width, width, end, **kwargs)
        check_positive(type(self).__name__, depth=depth, heads=heads)
        self.depth, self.heads = depth, heads
        policy, small = self.dtype_policy, keras.initializers.RandomNormal(stddev=0.02)
        self.positions = self.add_weight(shape=(length, width), initializer=small, name="positions")
        self.blocks = [
            TransformerBlock(width, heads, False, dtype=policy, name=f"block_{i}")
            for i in range(depth)
        ]
        self.norm = keras.layers.RMSNormalization(dtype=policy, name="norm")
        for layer in (*self.blocks, self.norm):
            layer.build((None, length, width))
        self.tell.build((None, width))
        self.built = True

    def call(self, tokens: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return what is told of the rows, float32 `[batch, outputs]`."""
        x, read = self._read(tokens)
        x += tf.cast(tf.convert_to_tensor(self.positions), x.dtype)
        for block in self.blocks:
            x = block(x, visible=read)
        weights = (read / tf.reduce_sum(read, axis=-1, keepdims=True))[..., None]
        return self.tell(tf.reduce_sum(tf.cast(self.norm(x), tf.float32) * weights, axis=1))
