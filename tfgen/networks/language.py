"""Transformers over text."""

from typing import Any

import keras
import tensorflow as tf

from tfgen import sampling
from tfgen.checks.numbers import check_integer, check_number
from tfgen.networks.islands import island
from tfgen.networks.language_block import LanguageBlock, dropped, normed
from tfgen.networks.rows import embedded, fresh_seeds, shifted


def language_transformer(
    vocabulary: int,
    length: int,
    width: int = 256,
    depth: int = 6,
    heads: int = 4,
    dropout: float = 0.0,
    name: str = "language_transformer",
) -> "LanguageTransformer":
    """Return a built transformer for text, in which each token is predicted from those before it.

    Places are told by rotation, norms are by the root mean square and before each part, queries
    and keys are normalised, and there are no biases: what trains fast by Muon.

    Args:
        vocabulary: number of different tokens, at least 2.
        length: tokens in a row, at least 1.
        width: size of the vectors inside, an even multiple of `heads`.
        depth: number of blocks, at least 1.
        heads: attention heads of each block.
        dropout: share of the tokens' vectors, and of what blocks add, that is left out in
            training, in [0, 1).
        name: the model's name.

    Returns:
        A `LanguageTransformer`, a keras.Model: int32 `[batch, length]` → logits, float32 `[batch,
        length, vocabulary]`, those at place t from tokens before t alone.

    Raises:
        ValueError: for numbers out of range.

    Example:
        >>> language_transformer(16, 9, width=8, depth=1, heads=2)(tf.zeros([3, 9], tf.int32)).shape
        TensorShape([3, 9, 16])
    """
    return LanguageTransformer(vocabulary, length, width, depth, heads, dropout, name=name)


@keras.saving.register_keras_serializable(package="tfgen")
class LanguageTransformer(keras.Model):
    """What `language_transformer` makes.

    Attributes:
        vocabulary, length: of the tokens and their rows.
        blank: the token that stands for none, before the first one.
        num_classes: None, as of all networks without classes.
    """

    causal = True
    num_classes = None

    def __init__(self, vocabulary: int, length: int, width: int, depth: int, heads: int,
                 dropout: float = 0.0, activation: str = "relu2", **kwargs: Any):  # fmt: skip
        super().__init__(**kwargs)
        _check(vocabulary, length, width, depth, heads, dropout)
        self.vocabulary, self.length, self.blank = vocabulary, length, vocabulary
        self.width, self.depth, self.heads = width, depth, heads
        self.dropout, self.activation = dropout, activation
        policy = self.dtype_policy
        self.embedding = self.add_weight(
            shape=(vocabulary + 1, width), name="embedding",
            initializer=keras.initializers.RandomNormal(stddev=0.5),
        )  # fmt: skip
        self.blocks = [
            LanguageBlock(width, heads, length, dropout, activation=activation,
                          dtype=policy, name=f"block_{i}")
            for i in range(depth)
        ]  # fmt: skip
        self.gain = self.add_weight(shape=(width,), initializer="ones", name="gain")
        # The last layer is float32 under every precision policy: logits need it.
        self.outputs_layer = keras.layers.Dense(
            vocabulary, kernel_initializer=keras.initializers.VarianceScaling(0.01),
            dtype="float32", name="logits",
        )  # fmt: skip
        for layer in (*self.blocks, self.outputs_layer):
            layer.build((None, length, width))
        self.seed_generator = keras.random.SeedGenerator() if dropout else None
        self.built = True

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return the logits, float32 `[batch, length, vocabulary]`."""
        x, seeds = self._entered(inputs, training)
        for block, own in zip(self.blocks, seeds, strict=True):
            x = block(x, own)
        return self._logits(x)

    def _entered(self, tokens, training):
        """The vectors of the tokens before each place, and seeds of what blocks leave out."""
        x = embedded(self.embedding, shifted(self, tokens), "float32", training)
        if not training or not self.dropout:
            return x, [None] * self.depth
        seeds = fresh_seeds(self.seed_generator, tf.shape(tokens)[0])
        x = island(dropped, [x], [sampling.stream(seeds, self.depth)], rate=self.dropout)
        return x, [sampling.stream(seeds, i) for i in range(self.depth)]

    def empty_cache(self, batch: tf.Tensor) -> list[list[tf.Tensor]]:
        """Return the cache for the first `step`, of `batch` rows, an int or int32 scalar."""
        return [block.empty_cache(batch) for block in self.blocks]

    def step(
        self,
        previous: tf.Tensor,
        position: tf.Tensor,
        cache: list[list[tf.Tensor]],
        labels: None = None,
    ) -> tuple[tf.Tensor, list[list[tf.Tensor]]]:
        """Return the logits of one place, and the cache for the next.

        Args:
            previous: int32 `[batch]`, the token before; `blank` at first.
            position: int32, the place, from 0 on: a scalar, or `[batch]`, each row its own.
            cache: from `empty_cache`, `prefill`, or the step before.
            labels: None.

        Returns:
            Float32 `[batch, vocabulary]`, and the new cache.
        """
        x, caches = embedded(self.embedding, previous, "float32"), []
        for block, own in zip(self.blocks, cache, strict=True):
            x, own = block.step(x, own, position)
            caches.append(own)
        return self._logits(x), caches

    def look(
        self, previous: tf.Tensor, position: tf.Tensor, cache: list[list[tf.Tensor]]
    ) -> tuple[tf.Tensor, list[list[tf.Tensor]]]:
        """Return the logits that `step` does, and what it writes into the cache at the place.

        The latter is like the cache, but of one place: `[batch, heads, 1, size]` each.
        """
        x, news = embedded(self.embedding, previous, "float32"), []
        for block, own in zip(self.blocks, cache, strict=True):
            x, new = block.look(x, own, position)
            news.append(new)
        return self._logits(x), news

    def prefill(
        self, tokens: tf.Tensor, count: tf.Tensor
    ) -> tuple[tf.Tensor, list[list[tf.Tensor]]]:
        """Return what `step` would after `count` tokens, all of them read at once.

        Args:
            tokens: int32 `[batch, length]`, of which those from `count` on are not looked at.
            count: int32 `[batch]`, in [0, length - 1].

        Returns:
            The logits of place `count`, float32 `[batch, vocabulary]`, and the cache with which
            `step(token at place count, count + 1, cache)` goes on.
        """
        x, caches = embedded(self.embedding, shifted(self, tokens), "float32"), []
        for block in self.blocks:
            x, own = block.parts(x)
            caches.append(own)
        return self._logits(tf.gather(x, count, axis=1, batch_dims=1)), caches

    def _logits(self, x):
        gain = tf.cast(tf.convert_to_tensor(self.gain), tf.float32)
        x = island(normed, [x, gain], dtype="float32")
        flat = self.outputs_layer(tf.reshape(x, [-1, self.width]))
        return tf.reshape(flat, [-1, *x.shape[1:-1], self.vocabulary])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("vocabulary", "length", "width", "depth", "heads", "dropout", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LanguageTransformer":
        """Build the network that `get_config` describes."""
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})


def _check(vocabulary, length, width, depth, heads, dropout):
    owner = "language_transformer"
    check_integer(owner, "vocabulary", vocabulary, "Use the tokenizer's size.", least=2)
    for name, number in (("length", length), ("depth", depth), ("heads", heads)):
        check_integer(owner, name, number, f"Set {name} to 1 or more.")
    check_number(owner, "dropout", dropout, "Use 0.1, or 0 for none.", least=0, below=1)
    if not isinstance(width, int) or width < 1 or width % (2 * heads):
        whole = isinstance(width, int) and width > 0
        fitting = [n for n in range(1, heads) if whole and width % (2 * n) == 0]
        fix = f"heads={fitting[-1]}, or " if fitting else ""
        raise ValueError(
            f"language_transformer received width={width!r} and heads={heads}: the width must be "
            f"an even multiple of the heads. Use {fix}width={heads * 32}."
        )
