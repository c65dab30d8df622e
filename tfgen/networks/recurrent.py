"""Recurrent networks over text."""

from typing import Any

import keras
import tensorflow as tf

from tfgen import sampling
from tfgen.checks.numbers import check_integer, check_number
from tfgen.networks.language_block import dropped
from tfgen.networks.rows import embedded, fresh_seeds, shifted


def language_gru(
    vocabulary: int,
    length: int,
    width: int = 256,
    depth: int = 1,
    dropout: float = 0.0,
    name: str = "language_gru",
) -> "LanguageGRU":
    """Return a built network of gated recurrent units that predicts each token from those before.

    The small one: a token costs the same however many came before it, and its memory is `depth *
    width` numbers.

    Args:
        vocabulary: number of different tokens, at least 2.
        length: tokens in a row, at least 1.
        width: of the state and of the tokens' vectors, at least 1.
        depth: number of layers, at least 1.
        dropout: share of what a layer gives that is left out in training, in [0, 1).
        name: the model's name.

    Returns:
        A `LanguageGRU`, a keras.Model: int32 `[batch, length]` → logits, float32 `[batch, length,
        vocabulary]`, those at place t from tokens before t alone.

    Raises:
        ValueError: for numbers out of range.

    Example:
        >>> language_gru(16, 9, width=8)(tf.zeros([3, 9], tf.int32)).shape
        TensorShape([3, 9, 16])
    """
    return LanguageGRU(vocabulary, length, width, depth, dropout, name=name)


@keras.saving.register_keras_serializable(package="tfgen")
class GRULayer(keras.layers.Layer):
    """One layer of gated recurrent units, of builtin operations.

        r, u = sigmoid(W x + V h + b),   n = tanh(W x + r * (V h + b')),   h' = u h + (1 - u) n

    Args:
        width: of the state.
        **kwargs: `name` and `dtype`.

    Reference: Cho et al. 2014, arXiv 1406.1078, with the reset behind the product, as
        `keras.layers.GRU(reset_after=True)` has it.
    """

    def __init__(self, width: int, **kwargs: Any):
        super().__init__(**kwargs)
        self.width = width

    def build(self, input_shape: tuple) -> None:
        """Make the weights, in Keras's order: update, reset, new."""
        wide = 3 * self.width
        self.kernel = self.add_weight(shape=(input_shape[-1], wide), name="kernel")
        self.recurrent = self.add_weight(
            shape=(self.width, wide), initializer="orthogonal", name="recurrent"
        )
        self.bias = self.add_weight(shape=(2, wide), initializer="zeros", name="bias")

    def call(
        self, x: tf.Tensor, state: tf.Tensor | None = None, kept: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Return the states `[batch, length, width]` for inputs `[batch, length, size]`.

        Args:
            x: the inputs.
            state: `[batch, width]`, before the first place; None: 0.
            kept: `[batch, length]`, 1 where the state moves on, 0 where it stays; None: all do.
        """
        # All that the inputs add is one product; the loop has what depends on the state only.
        from_inputs = tf.transpose(self._from_inputs(x), [1, 0, 2])
        if state is None:
            state = tf.zeros_like(from_inputs[0, :, : self.width])
        state = tf.cast(state, from_inputs.dtype)
        if kept is None:
            states = tf.scan(self._next, from_inputs, state)
        else:
            kept = tf.cast(tf.transpose(kept)[..., None], from_inputs.dtype)
            states = tf.scan(self._next_if_kept, (from_inputs, kept), state)
        return tf.ensure_shape(tf.transpose(states, [1, 0, 2]), [None, x.shape[1], self.width])

    def step(self, x: tf.Tensor, state: tf.Tensor) -> tf.Tensor:
        """Return the next state, `[batch, width]`, for the input at one place and the state."""
        return self._next(state, self._from_inputs(tf.cast(x, self.compute_dtype)))

    def _from_inputs(self, x):
        kernel, bias = (tf.cast(w, self.compute_dtype) for w in (self.kernel, self.bias))
        flat = tf.matmul(tf.reshape(x, [-1, x.shape[-1]]), kernel) + bias[0]
        return tf.reshape(flat, [-1, *x.shape[1:-1], 3 * self.width])

    def _next(self, state, from_inputs):
        recurrent, bias = (tf.cast(w, self.compute_dtype) for w in (self.recurrent, self.bias))
        update, reset, new = tf.split(from_inputs, 3, axis=-1)
        u, r, n = tf.split(tf.matmul(state, recurrent) + bias[1], 3, axis=-1)
        update, reset = tf.sigmoid(update + u), tf.sigmoid(reset + r)
        return update * state + (1.0 - update) * tf.tanh(new + reset * n)

    def _next_if_kept(self, state, given):
        from_inputs, kept = given
        return kept * self._next(state, from_inputs) + (1.0 - kept) * state

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the input's shape, with the width of the state."""
        return (*input_shape[:-1], self.width)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "width": self.width}


@keras.saving.register_keras_serializable(package="tfgen")
class LanguageGRU(keras.Model):
    """What `language_gru` makes.

    Attributes:
        vocabulary, length: of the tokens and their rows.
        blank: the token that stands for none, before the first one.
        num_classes: None, as of all networks without classes.
    """

    causal = True
    num_classes = None

    def __init__(self, vocabulary: int, length: int, width: int, depth: int, dropout: float = 0.0,
                 **kwargs: Any):  # fmt: skip
        super().__init__(**kwargs)
        _check(vocabulary, length, width, depth, dropout)
        self.vocabulary, self.length, self.blank = vocabulary, length, vocabulary
        self.width, self.depth, self.dropout = width, depth, dropout
        self.embedding = self.add_weight(
            shape=(vocabulary + 1, width), name="embedding",
            initializer=keras.initializers.RandomNormal(stddev=0.5),
        )  # fmt: skip
        policy = self.dtype_policy
        self.gru_layers = [GRULayer(width, dtype=policy, name=f"gru_{i}") for i in range(depth)]
        # The last layer is float32 under every precision policy: logits need it.
        self.outputs_layer = keras.layers.Dense(vocabulary, dtype="float32", name="logits")
        for layer in (*self.gru_layers, self.outputs_layer):
            layer.build((None, length, width))
        self.seed_generator = keras.random.SeedGenerator() if dropout else None
        self.built = True

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return the logits, float32 `[batch, length, vocabulary]`."""
        return self._logits(self._states(inputs, training)[-1])

    def empty_cache(self, batch: tf.Tensor) -> list[tf.Tensor]:
        """Return the states before the first `step`, of `batch` rows, an int or int32 scalar."""
        return [tf.zeros([batch, self.width], self.compute_dtype) for _ in self.gru_layers]

    def step(
        self,
        previous: tf.Tensor,
        position: tf.Tensor,
        cache: list[tf.Tensor],
        labels: None = None,
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return the logits of one place, and the states for the next.

        Args:
            previous: int32 `[batch]`, the token before; `blank` at first.
            position: int32, which changes nothing: states know what came before.
            cache: from `empty_cache`, `prefill`, or the step before.
            labels: None.

        Returns:
            Float32 `[batch, vocabulary]`, and the new states, `[batch, width]` each.
        """
        x, states = embedded(self.embedding, previous, self.compute_dtype), []
        for layer, state in zip(self.gru_layers, cache, strict=True):
            x = layer.step(x, state)
            states.append(x)
        return self._logits(x), states

    def prefill(self, tokens: tf.Tensor, count: tf.Tensor) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return what `step` would after `count` tokens; see `LanguageTransformer.prefill`."""
        found = [tf.gather(x, count, axis=1, batch_dims=1) for x in self._states(tokens)]
        return self._logits(found[-1]), found

    def _states(self, tokens, training=False):
        """The states of each layer at all places, each [batch, length, width]."""
        seeds = None
        if training and self.dropout:
            seeds = fresh_seeds(self.seed_generator, tf.shape(tokens)[0])
        x = embedded(self.embedding, shifted(self, tokens), self.compute_dtype, training)
        states = []
        for i, layer in enumerate(self.gru_layers):
            x = layer(x)
            if seeds is not None:
                x = dropped(x, sampling.stream(seeds, i), self.dropout)
            states.append(x)
        return states

    def _logits(self, x):
        flat = self.outputs_layer(tf.reshape(x, [-1, self.width]))
        return tf.reshape(flat, [-1, *x.shape[1:-1], self.vocabulary])

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("vocabulary", "length", "width", "depth", "dropout")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "LanguageGRU":
        """Build the network that `get_config` describes."""
        return cls(**{k: keras.saving.deserialize_keras_object(v) for k, v in config.items()})


def _check(vocabulary, length, width, depth, dropout):
    owner = "language_gru"
    check_integer(owner, "vocabulary", vocabulary, "Use the tokenizer's size.", least=2)
    for name, number in (("length", length), ("width", width), ("depth", depth)):
        check_integer(owner, name, number, f"Set {name} to 1 or more.")
    check_number(owner, "dropout", dropout, "Use 0.1, or 0 for none.", least=0, below=1)
