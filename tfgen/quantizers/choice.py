"""Vectors of the batch, chosen to become codes."""

import math

import tensorflow as tf

from tfgen import sampling
from tfgen.quantizers.replicas import concatenate, gather_rows

_COPY = 1e-5  # squared distance of copies, in mean squared lengths: well above rounding errors


def choose_rows(rows: tf.Tensor, weights: tf.Tensor, count: int, seed: tf.Tensor) -> tf.Tensor:
    """Return `count` rows of the batch on all replicas, drawn with probabilities like `weights`.

    Without replacement, while the rows last. With the squared distances to the nearest codes as
    weights, this is how k-means++ chooses: what is badly served gets a code first.

    Weights count as the nearest power of 2: rounding, which differs with the shape of a batch,
    then changes no choice, and replicas agree with a single one.

    Args:
        rows: float32 `[rows, dim]`, this replica's.
        weights: float32 `[rows]`, at least 0.
        count: how many, an int.
        seed: int32 scalar: the same one gives the same choice.

    Returns:
        float32 `[count, dim]`, the earliest drawn first, the same on each replica.

    Reference: Arthur and Vassilvitskii 2007, "k-means++"; Efraimidis and Spirakis 2006 for the
        draw without replacement, here with Gumbel noise (Kool et al. 2019, arXiv 1903.06059).

    Example:
        >>> rows = tf.constant([[1.0], [2.0], [3.0]])
        >>> chosen = choose_rows(rows, tf.constant([1.0, 0.0, 2.0]), count=2, seed=5)
        >>> sorted(chosen.numpy().ravel().tolist())
        [1.0, 3.0]
    """
    weights, start = concatenate(weights)
    total = tf.shape(weights)[0]
    log_weights = tf.round(tf.math.log(weights) / math.log(2.0)) * math.log(2.0)
    keys = log_weights + sampling.gumbel(sampling.seeds(seed, total), ())
    available = tf.minimum(count, total)
    places = tf.math.top_k(keys, available).indices
    places = tf.gather(places, tf.range(count) % available)
    return gather_rows(rows, places - start)


def distinct(vectors: tf.Tensor) -> tf.Tensor:
    """Return which vectors are no copies of an earlier one, bool `[count]`.

    Two equal codes would share their inputs by the rounding of a distance; equal patches of images,
    such as their background, are what a batch is full of.

    Args:
        vectors: float32 `[count, dim]`; copies differ by less than 0.3 % of the usual length.

    Example:
        >>> distinct(tf.constant([[1.0], [2.0], [1.0], [3.0]])).numpy().tolist()
        [True, True, False, True]
    """
    squares = tf.reduce_sum(tf.square(vectors), axis=-1)
    products = tf.matmul(vectors, vectors, transpose_b=True)
    distances = squares[:, None] + squares[None, :] - 2.0 * products
    places = tf.range(tf.shape(vectors)[0])
    earlier = places[None, :] < places[:, None]  # [of, than]
    copies = distances <= _COPY * tf.reduce_mean(squares)
    return ~tf.reduce_any(copies & earlier, axis=1)
