"""The block that transformers over text are made of."""

from typing import Any

import keras
import tensorflow as tf

from tfgen import sampling
from tfgen.networks.causal_attention import attend
from tfgen.networks.islands import island
from tfgen.networks.rotation import angles

_LOWEST = -1e9  # below every score


@keras.saving.register_keras_serializable(package="tfgen")
class LanguageBlock(keras.layers.Layer):
    """Causal self-attention and a perceptron, each behind a normalisation, beside a shortcut.

        y = x + attention(norm(x)),   z = y + perceptron(norm(y))

    Places are told by rotation of queries and keys, which are normalised first; there are no
    biases. What leads back to the shortcut begins small. The shortcut is float32 under every
    precision policy, products are in the compute dtype.

    Args:
        width: size of the last axis; an even multiple of `heads`.
        heads: number of attention heads.
        length: places at most.
        dropout: share of what is added to the shortcut that is left out in training, in [0, 1).
        hidden: width inside the perceptron.
        **kwargs: `name` and `dtype`.

    Reference: Su et al. 2021, arXiv 2104.09864, for rotation; Henry et al. 2020, arXiv 2010.04245,
        for normalised queries and keys; Zhang and Sennrich 2019, arXiv 1910.07467, for the norm.
    """

    def __init__(self, width: int, heads: int, length: int, dropout: float = 0.0,
                 hidden: int | None = None, activation: str = "relu2", **kwargs: Any):  # fmt: skip
        super().__init__(autocast=False, **kwargs)  # the shortcut stays float32
        self.width, self.heads, self.length, self.dropout = width, heads, length, dropout
        self.hidden, self.activation = hidden or 4 * width, activation
        self.size = width // heads

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Make the weights."""
        width, hidden = self.width, self.hidden
        usual, low = (keras.initializers.VarianceScaling(scale) for scale in (1.0, 0.01))

        def matrix(rows, columns, name, initializer=usual):
            return self.add_weight(shape=(rows, columns), initializer=initializer, name=name)

        def gain(size, name):
            return self.add_weight(shape=(size,), initializer="ones", name=name)

        self.attention_gain = gain(width, "attention_gain")
        self.perceptron_gain = gain(width, "perceptron_gain")
        self.query_gain = gain(self.size, "query_gain")
        self.query, self.key, self.value = (
            matrix(width, width, name) for name in ("query", "key", "value")
        )
        self.merge = matrix(width, width, "merge", low)
        self.expand = matrix(width, hidden, "expand")
        self.gate = matrix(width, hidden, "gate") if self.activation == "swiglu" else None
        self.contract = matrix(hidden, width, "contract", low)

    def call(self, x: tf.Tensor, seeds: tf.Tensor | None = None) -> tf.Tensor:
        """Return float32 `[batch, length, width]` for such an input.

        Args:
            x: with a static length.
            seeds: int32 `[batch, 2]` of what is left out in training; None: nothing is.
        """
        return self.parts(x, seeds)[0]

    def parts(
        self, x: tf.Tensor, seeds: tf.Tensor | None = None
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return what `call` does, and keys and values: `[batch, heads, length, size]` each."""
        length = x.shape[1]
        tables = [tf.constant(t[:length]) for t in angles(self.length, self.size)]
        q, k, v = (_by_head(part) for part in self._queries_keys_values(x, *tables))
        context = tf.transpose(attend(q, k, v), [0, 2, 1, 3])
        context = tf.reshape(context, [-1, length, self.width])
        x = self._added(x, self._product(context, self.merge), seeds, 0)
        x = self._added(x, self._perceptron(x), seeds, 1)
        return tf.ensure_shape(x, [None, length, self.width]), [k, v]

    def empty_cache(self, batch: tf.Tensor) -> list[tf.Tensor]:
        """Return keys and values of no place yet, each `[batch, heads, length, size]`."""
        shape = [batch, self.heads, self.length, self.size]
        return [tf.zeros(shape, self.compute_dtype), tf.zeros(shape, self.compute_dtype)]

    def step(
        self, x: tf.Tensor, cache: list[tf.Tensor], position: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return what `call` gives at one place, given the keys and values of those before.

        Args:
            x: float32 `[batch, width]`, the input at this place.
            cache: what `empty_cache` or the step before returned.
            position: int32 scalar, or `[batch]`, the place.

        Returns:
            `[batch, width]`, and the cache with this place in it.
        """
        q, k, v, position = self._at(x, position)
        places = tf.range(self.length)[None]
        here = (places == position)[:, None, :, None]
        keys, values = tf.where(here, k, cache[0]), tf.where(here, v, cache[1])
        mask = (places <= position)[:, None, None, :]
        weights = softmax(tf.matmul(q, keys, transpose_b=True), mask)
        return self._with_context(x, tf.matmul(weights, values)), [keys, values]

    def look(
        self, x: tf.Tensor, cache: list[tf.Tensor], position: tf.Tensor
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """Return what `step` does, but of the cache only what belongs at the place.

        So nothing is chosen over a whole cache, which interpreters on devices are slow at.

        Returns:
            `[batch, width]`, and key and value, `[batch, heads, 1, size]` each.
        """
        q, k, v, position = self._at(x, position)
        before = tf.range(self.length)[None] < position
        before = tf.cast(before, q.dtype)[:, None, None, :]  # [batch or 1, 1, 1, length]
        scores = tf.matmul(q, cache[0], transpose_b=True) + (1.0 - before) * _LOWEST
        scores = tf.concat([scores, tf.reduce_sum(q * k, axis=-1, keepdims=True)], axis=-1)
        weights = tf.nn.softmax(scores)
        # Behind the place exactly 0, since denormal weights are slow.
        known, own = tf.split(weights, [self.length, 1], axis=-1)
        context = tf.matmul(known * before, cache[1]) + own * v
        return self._with_context(x, context), [k, v]

    def _at(self, x, position):
        """Query, key and value of one place, [batch, heads, 1, size], and the place, [batch, 1]."""
        position = tf.reshape(position, [-1])  # [batch or 1]
        tables = [tf.gather(tf.constant(t), position) for t in angles(self.length, self.size)]
        parts = [
            tf.reshape(
                tf.transpose(self._halves(part), [0, 2, 1, 3]), [-1, self.heads, 1, self.size]
            )
            for part in self._queries_keys_values(x, *tables)
        ]
        return (*parts, position[:, None])

    def _with_context(self, x, context):
        """The rest of the block at one place, behind attention."""
        context = tf.reshape(context, [-1, self.width])
        x = x + tf.cast(self._product(context, self.merge), x.dtype)
        return x + tf.cast(self._perceptron(x), x.dtype)

    def _queries_keys_values(self, x, cosines, sines):
        """Of all places, each `[batch, length, 2 * heads, size / 2]`, or without length.

        The halves that rotation turns together are those of all heads: nothing is shuffled for it.
        """
        h = island(normed, [x, self._float32(self.attention_gain)], dtype=self.compute_dtype)
        weights = [tf.cast(w, self.compute_dtype) for w in (self.query, self.key, self.value)]
        q, k, v = tf.split(self._product(h, tf.concat(weights, axis=1)), 3, axis=-1)
        gain = self._float32(self.query_gain)
        tables = [tf.tile(table, [1, self.heads]) for table in (cosines, sines)]
        q = island(turned, [q, gain], tables, heads=self.heads)
        k = island(turned, [k, tf.fill([self.size], self.size**-0.5)], tables, heads=self.heads)
        rows = [-1, *x.shape[1:-1], 2 * self.heads, self.size // 2]
        return [tf.reshape(part, rows) for part in (q, k, v)]

    def _halves(self, part):
        """`[batch, 2 * heads, size / 2]` → `[batch, 2, heads, size / 2]`."""
        return tf.reshape(part, [-1, 2, self.heads, self.size // 2])

    def _perceptron(self, x):
        h = island(normed, [x, self._float32(self.perceptron_gain)], dtype=self.compute_dtype)
        hidden = [self._product(h, self.expand)]
        if self.gate is not None:
            hidden.append(self._product(h, self.gate))
        return self._product(island(activated, hidden, kind=self.activation), self.contract)

    def _added(self, x, branch, seeds, site):
        if seeds is None or not self.dropout:
            return island(added, [x, branch])
        seeds = sampling.stream(seeds, site)
        return island(dropped_and_added, [x, branch], [seeds], rate=self.dropout)

    def _product(self, x, weights):
        """Of vectors and a matrix; flat, for the gradient of a product of 3 axes sums too late."""
        weights = tf.cast(tf.convert_to_tensor(weights), self.compute_dtype)
        flat = tf.reshape(tf.cast(x, self.compute_dtype), [-1, x.shape[-1]])
        rows = [-1, *x.shape[1:-1], weights.shape[-1]]
        return tf.reshape(tf.matmul(flat, weights), rows)

    def _float32(self, weight):
        return tf.cast(tf.convert_to_tensor(weight), tf.float32)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the input's shape."""
        return input_shape

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("width", "heads", "length", "dropout", "hidden", "activation")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def _by_head(part):
    """`[batch, length, 2 * heads, size / 2]` → `[batch, heads, length, size]`.

    Of four axes at most, as accelerators want it.
    """
    first, second = tf.split(tf.transpose(part, [0, 2, 1, 3]), 2, axis=1)
    return tf.concat([first, second], axis=-1)


# ------------------------------------------------------------------ between the products


def normed(x, gain, dtype):
    """X / its root mean square * gain, of any dtype, computed in float32."""
    x = tf.cast(x, tf.float32)
    # The mean by a product, which XLA computes faster than a sum, and its gradient too.
    width = x.shape[-1]
    squares = tf.reshape(tf.square(x), [-1, width]) @ tf.fill([width, 1], 1.0 / width)
    scale = tf.math.rsqrt(tf.reshape(squares, [-1, *x.shape[1:-1], 1]) + 1e-6)
    return tf.cast(x * scale * tf.cast(gain, tf.float32), dtype)


def turned(x, gain, cosines, sines, heads):
    """Queries or keys `[..., width]`, normalised by head, times a gain, and rotated."""
    shape, half = x.shape, gain.shape[0] // 2
    first, second = tf.split(tf.cast(x, tf.float32), 2, axis=-1)  # [..., heads * size / 2]
    squares = tf.reshape(tf.square(first) + tf.square(second), [-1, heads, half])
    scale = tf.math.rsqrt(tf.reduce_mean(squares, axis=-1, keepdims=True) / 2.0 + 1e-6)
    scale = tf.reshape(tf.tile(scale, [1, 1, half]), [-1, *first.shape[1:]])
    first, second = (
        first * scale * tf.tile(gain[:half], [heads]),
        second * scale * tf.tile(gain[half:], [heads]),
    )
    whole = tf.concat([first * cosines - second * sines, second * cosines + first * sines], -1)
    return tf.cast(tf.reshape(whole, [-1, *shape[1:]]), x.dtype)


def softmax(scores, mask):
    """The softmax over the places allowed; the others weigh exactly 0. Computed in float32.

    The softmax alone would leave denormal weights, with which products are thirty times as slow.
    """
    weights = tf.nn.softmax(tf.where(mask, tf.cast(scores, tf.float32), _LOWEST))
    return tf.cast(tf.where(mask, weights, 0.0), scores.dtype)


def activated(hidden, gate=None, kind="relu2"):
    """The perceptron's non-linearity."""
    wide = tf.cast(hidden, tf.float32)
    if kind == "swiglu":
        wide = tf.nn.silu(tf.cast(gate, tf.float32)) * wide
    elif kind == "relu2":
        wide = tf.square(tf.nn.relu(wide))
    else:  # by tanh, since the exact form needs an error function, which TFLite has not
        wide = tf.nn.gelu(wide, approximate=True)
    return tf.cast(wide, hidden.dtype)


def added(x, branch):
    """The shortcut and a branch."""
    return x + tf.cast(branch, x.dtype)


def dropped_and_added(x, branch, seeds, rate):
    """The same, but for a random share of the branch, the rest of which stands for it."""
    return x + dropped(tf.cast(branch, x.dtype), seeds, rate)


def dropped(x, seeds, rate):
    """A random share at 0, and the rest as much larger."""
    kept = sampling.uniform(seeds, tuple(x.shape[1:])) >= rate
    return tf.where(kept, x / (1.0 - rate), 0.0)
