"""Transformers over rows of tokens."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tfgen.networks.attention import TransformerBlock


def causal_transformer(
    vocabulary: int,
    length: int,
    width: int = 128,
    depth: int = 4,
    heads: int = 4,
    num_classes: int | None = None,
    name: str = "transformer",
) -> "Transformer":
    """Return a built transformer in which each token is predicted from those before it.

    Args:
        vocabulary: number of different tokens, at least 2.
        length: tokens in a row, at least 1.
        width: size of the vectors inside, a multiple of `heads`.
        depth: number of blocks, at least 1.
        heads: attention heads of each block.
        num_classes: number of classes, at least 2, to make the network class-conditional.
        name: the model's name.

    Returns:
        A `Transformer`, a keras.Model: int32 `[batch, length]` → logits, float32 `[batch, length,
        vocabulary]`, those at place t from tokens before t alone. With `num_classes` it takes
        `[tokens, labels]`; the label `num_classes` stands for none.

    Raises:
        ValueError: for numbers out of range.

    Example:
        >>> causal_transformer(16, 9, width=8, depth=1, heads=2)(tf.zeros([3, 9], tf.int32)).shape
        TensorShape([3, 9, 16])
    """
    return Transformer(vocabulary, length, width, depth, heads, num_classes, True, name=name)


def masked_transformer(
    vocabulary: int,
    length: int,
    width: int = 128,
    depth: int = 4,
    heads: int = 4,
    num_classes: int | None = None,
    name: str = "transformer",
) -> "Transformer":
    """Return a built transformer in which every token is predicted from all the others.

    Arguments and errors as for `causal_transformer`. The token `vocabulary` stands for one that is
    not known: it is what the network is to fill in.

    Returns:
        A `Transformer`, a keras.Model: int32 `[batch, length]` → logits, float32 `[batch, length,
        vocabulary]`. With `num_classes` it takes `[tokens, labels]`.

    Example:
        >>> masked_transformer(16, 9, width=8, depth=1, heads=2)(tf.fill([3, 9], 16)).shape
        TensorShape([3, 9, 16])
    """
    return Transformer(vocabulary, length, width, depth, heads, num_classes, False, name=name)


@keras.saving.register_keras_serializable(package="tfgen")
class Transformer(keras.Model):
    """A transformer with learned positions; use `causal_transformer` and `masked_transformer`.

    The vectors of token, place and class are added; the class thus speaks at every place.

    Attributes:
        blank: the token that stands for none: before the first one, or at a masked place.
        no_class: the label that stands for none; None in a network without classes.
    """

    def __init__(
        self,
        vocabulary: int,
        length: int,
        width: int,
        depth: int,
        heads: int,
        num_classes: int | None = None,
        causal: bool = True,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        _check(vocabulary, length, depth, num_classes)
        self.vocabulary, self.length, self.num_classes = vocabulary, length, num_classes
        self.width, self.depth, self.heads, self.causal = width, depth, heads, causal
        self.blank, self.no_class = vocabulary, num_classes
        policy = self.dtype_policy
        small = keras.initializers.RandomNormal(stddev=0.02)
        self.token_vectors = keras.layers.Embedding(vocabulary + 1, width, small, dtype=policy)
        self.class_vectors = None
        if num_classes is not None:
            self.class_vectors = keras.layers.Embedding(num_classes + 1, width, small, dtype=policy)
        self.positions = self.add_weight(shape=(length, width), initializer=small, name="positions")
        self.blocks = [
            TransformerBlock(width, heads, causal, dtype=policy, name=f"block_{i}")
            for i in range(depth)
        ]
        self.norm = keras.layers.RMSNormalization(dtype=policy, name="norm")
        # The last layer is float32 under every precision policy: logits need it.
        self.outputs_layer = keras.layers.Dense(vocabulary, dtype="float32", name="logits")
        self._build_layers()

    def _build_layers(self):
        shape = (None, self.length, self.width)
        self.token_vectors.build((None, self.length))
        if self.class_vectors is not None:
            self.class_vectors.build((None,))
        for layer in (*self.blocks, self.norm, self.outputs_layer):
            layer.build(shape)
        self.built = True

    def call(self, inputs: tf.Tensor | Sequence[tf.Tensor], training: bool = False) -> tf.Tensor:
        """Return the logits, float32 `[batch, length, vocabulary]`."""
        tokens, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        tokens = tf.cast(tokens, tf.int32)
        if self.causal:  # a place sees the token before it as its input
            tokens = tf.concat([tf.fill([tf.shape(tokens)[0], 1], self.blank), tokens[:, :-1]], 1)
        x = self._embed(tokens, tf.convert_to_tensor(self.positions), labels)
        for block in self.blocks:
            x = block(x)
        return self.outputs_layer(self.norm(x))

    def empty_cache(self, batch: tf.Tensor) -> list[list[tf.Tensor]]:
        """Return the cache for the first `step`, of `batch` rows, an int or int32 scalar."""
        return [block.empty_cache(batch, self.length) for block in self.blocks]

    def step(
        self,
        previous: tf.Tensor,
        position: tf.Tensor,
        cache: list[list[tf.Tensor]],
        labels: tf.Tensor | None = None,
    ) -> tuple[tf.Tensor, list[list[tf.Tensor]]]:
        """Return the logits of one place of a causal transformer, and the cache for the next.

        What `call` computes for all places, one at a time: each costs as much as a place does in
        `call`, where calling the network for each would compute all of them each time.

        Args:
            previous: int32 `[batch]`, the token before; `blank` at first.
            position: int32 scalar, the place, from 0 on.
            cache: from `empty_cache`, then from the step before.
            labels: int32 `[batch]`, for a class-conditional network.

        Returns:
            Float32 `[batch, vocabulary]`, and the new cache.
        """
        here = tf.gather(tf.convert_to_tensor(self.positions), position)
        x = self._embed(previous, here, labels)
        caches = []
        for block, block_cache in zip(self.blocks, cache, strict=True):
            x, block_cache = block.step(x, block_cache, position)
            caches.append(block_cache)
        return self.outputs_layer(self.norm(x)), caches

    def _embed(self, tokens, positions, labels):
        x = self.token_vectors(tokens)
        x += tf.cast(positions, x.dtype)
        if self.class_vectors is None:
            return x
        if labels is None:
            raise ValueError(
                f"{self.name} received no labels: it was built with num_classes={self.num_classes}."
                f" Call it with [tokens, labels]; the label {self.no_class} stands for none."
            )
        vectors = self.class_vectors(tf.cast(labels, tf.int32))
        return x + (vectors if x.shape.rank == 2 else vectors[:, None])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("vocabulary", "length", "width", "depth", "heads", "num_classes", "causal")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Transformer":
        """Build the network that `get_config` describes."""
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})


def _check(vocabulary, length, depth, num_classes):
    """Raise `ValueError` for numbers out of range."""
    least = {"vocabulary": (vocabulary, 2), "length": (length, 1), "depth": (depth, 1)}
    if num_classes is not None:
        least["num_classes"] = (num_classes, 2)
    for argument, (number, smallest) in least.items():
        if not isinstance(number, int) or number < smallest:
            raise ValueError(
                f"Transformer received {argument}={number!r}: expected an integer of at least "
                f"{smallest}. Set {argument} to {smallest} or more."
            )
