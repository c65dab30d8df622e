"""Counter-based noise: the same seed gives the same numbers on every runtime.

Every number is a hash of `(seed, row seed, counter)`, so that it depends on nothing else: not on
the batch it is drawn in, not on what was drawn before, not on TensorFlow, LiteRT, x86 or ARM. The
operations are builtin TFLite operations, and XLA fuses them into one pass. Uniform numbers are
equal to the bit everywhere; in the others, a logarithm may round differently (about 1e-7).

A row of noise is addressed by two int32 words, `[seed, row]`; `seeds(0, 3)` makes the usual ones.

Reference: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", for counter-based
generation; the mixer is Wellons' `triple32` (2018, "Prospecting for hash functions").
"""

import math

import tensorflow as tf

# The name scope of the noise, by which export tells it from the network and leaves it in float32.
SCOPE = "tfgen_noise"

_GOLDEN = 0x9E3779B9  # 2**32 / golden ratio: successive counters start far apart


def seeds(seed: tf.Tensor | int, count: tf.Tensor | int, start: tf.Tensor | int = 0) -> tf.Tensor:
    """Return the seeds `[seed, start], ..., [seed, start + count - 1]`: int32 `[count, 2]`.

    Example:
        >>> seeds(7, 2).numpy().tolist()
        [[7, 0], [7, 1]]
    """
    rows = tf.range(count, dtype=tf.int32) + start
    return tf.stack([tf.fill([count], tf.cast(seed, tf.int32)), rows], axis=1)


def fold(seed: tf.Tensor | int, data: tf.Tensor | int) -> tf.Tensor:
    """Return a new seed, int32, for each pair: different `data` give different seeds.

    Example:
        >>> len({int(fold(7, step)) for step in range(100)})
        100
    """
    seed, data = (tf.cast(tf.convert_to_tensor(x, tf.int32), tf.uint32) for x in (seed, data))
    return tf.cast(_mix(_mix(seed) + data), tf.int32)


def stream(seeds: tf.Tensor, use: int) -> tf.Tensor:
    """Return other seeds, int32 `[batch, 2]`, for another use, an int, of the same rows.

    Example:
        >>> rows = seeds(7, 2)
        >>> stream(rows, 1).numpy()[:, 1].tolist(), bool((stream(rows, 1) == rows).numpy().all())
        ([0, 1], False)
    """
    return tf.stack([fold(seeds[:, 0], use), seeds[:, 1]], axis=1)


def uniform(seeds: tf.Tensor, shape: tuple[int, ...], offset: int | tf.Tensor = 0) -> tf.Tensor:
    """Return uniform noise in the open interval (0, 1), symmetric about 1/2.

    Args:
        seeds: int32 `[batch, 2]`; row i of the noise depends on `seeds[i]` only.
        shape: shape of one row, a tuple of ints.
        offset: counter of the first number, a non-negative int or int32 scalar, so that one
            long row can be drawn in pieces; or int32 `[batch]`, each row its own.

    Returns:
        float32 `[batch, *shape]` on a grid of 2**23 values.

    Raises:
        ValueError: `seeds` is not integer `[batch, 2]`.
    """
    with tf.name_scope(SCOPE):
        return _shaped(0.5 * _symmetric(seeds, shape, offset) + 0.5, shape)


def normal(
    seeds: tf.Tensor,
    shape: tuple[int, ...],
    offset: int | tf.Tensor = 0,
    truncation: tf.Tensor | None = None,
) -> tf.Tensor:
    """Return standard normal noise, float32 `[batch, *shape]`; arguments as for `uniform`.

    The inverse of the cumulative distribution at `uniform`, by the rational-free approximation of
    Giles 2010, "Approximating the erfinv function" (table 5, single precision).

    Args:
        seeds: as for `uniform`.
        shape: likewise.
        offset: likewise.
        truncation: None, or float32 `[batch]` > 0, the size that no number of the row exceeds. Each
            number keeps its place among the quantiles, so that nothing is drawn anew; from about 6
            on, the noise is to the bit what it is without.

    Example:
        >>> rows = seeds(0, 1)
        >>> bool(tf.reduce_max(tf.abs(normal(rows, (99,), truncation=tf.constant([0.5])))) <= 0.5)
        True
    """
    with tf.name_scope(SCOPE):
        places = _symmetric(seeds, shape, offset)
        if truncation is not None:
            limits = tf.cast(truncation, tf.float32)[:, None]
            cut = _normal_quantile(places * _central_share(limits))
            return _shaped(tf.clip_by_value(cut, -limits, limits), shape)
        return _shaped(_normal_quantile(places), shape)


def gumbel(seeds: tf.Tensor, shape: tuple[int, ...], offset: int | tf.Tensor = 0) -> tf.Tensor:
    """Return standard Gumbel noise, float32 `[batch, *shape]`; arguments as for `uniform`."""
    with tf.name_scope(SCOPE):
        return -tf.math.log(-tf.math.log(uniform(seeds, shape, offset)))


def _symmetric(seeds, shape, offset):
    """Uniform in (-1, 1), exact in float32 and never 0, -1 or 1: (k + 1/2) / 2**22 - 1.

    Flat, [batch, size of a row]: what is stacked upon it later stays below TFLite's 4-D.
    """
    size = math.prod(shape)
    words = tf.cast(_checked(seeds), tf.int32)
    # Two keys a row, one from [seed, row] and one from [row, seed]: with one, rows would be windows
    # of a single sequence of 2**32 numbers, and long rows would overlap.
    hashed = _mix(tf.cast(words, tf.uint32) ^ _constant([0, _GOLDEN]))
    keys = tf.cast(_mix(_sum(hashed, tf.reverse(words, [1]))), tf.int32)
    first, second = tf.split(keys, 2, axis=1)
    places = tf.range(size, dtype=tf.int32)[None, :] + tf.reshape(offset, [-1, 1])
    counters = tf.cast(places, tf.uint32) * _constant(_GOLDEN)  # [batch or 1, size]
    bits = _mix(_sum(_mix(_sum(counters, first)), second))  # [batch, size]
    top = tf.cast(tf.cast(_shift(bits, 9), tf.int32), tf.float32)
    return top * 2.0**-22 - (1.0 - 2.0**-23)


def _shaped(noise, shape):
    return tf.reshape(noise, [-1, *shape])


def _checked(seeds):
    seeds = tf.convert_to_tensor(seeds)
    if not (seeds.dtype.is_integer and seeds.shape.rank == 2 and seeds.shape[1] == 2):
        raise ValueError(
            f"Noise received seeds of shape {seeds.shape} and dtype {seeds.dtype.name}: expected "
            "int32 [batch, 2]. Make them with tfgen.sampling.seeds(seed, count)."
        )
    return seeds


def _mix(x):
    """A bijection of 32-bit words in which every input bit reaches every output bit."""
    x = (x ^ _shift(x, 17)) * _constant(0xED5AD4BB)
    x = (x ^ _shift(x, 11)) * _constant(0xAC4C1B51)
    x = (x ^ _shift(x, 15)) * _constant(0x31848BAB)
    return x ^ _shift(x, 14)


def _sum(words, numbers):
    """Sum modulo 2**32; TFLite adds signed numbers only, whose bits are the same."""
    return tf.cast(tf.cast(words, tf.int32) + numbers, tf.uint32)


def _shift(x, count):
    return tf.bitwise.right_shift(x, _constant(count))


def _constant(value):
    return tf.constant(value, tf.uint32)


_CENTRAL = (2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
            -0.00125372503, -0.00417768164, 0.246640727, 1.50140941)  # fmt: skip
_TAIL = (-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
         -0.0076224613, 0.00943887047, 1.00167406, 2.83297682)  # fmt: skip


def _normal_quantile(x):
    """sqrt(2) erfinv(x), for x in (-1, 1), float32 [batch, size].

    Both polynomials go through one Horner's rule, highest power first: most operations of a small
    exported generator are these. The sqrt(2) lives in the coefficients: a scalar factor at the end
    would be folded by the TFLite converter into the weights of the layer that follows, which then
    could not be shared with the other signatures of the file.
    """
    w = -tf.math.log((1.0 - x) * (1.0 + x))
    v = tf.stack([w, tf.sqrt(w)]) - _pair(2.5, 3.0)
    first, *rest = (
        _pair(math.sqrt(2.0) * a, math.sqrt(2.0) * b) for a, b in zip(_CENTRAL, _TAIL, strict=True)
    )
    value = first
    for coefficients in rest:
        value = value * v + coefficients
    central, tail = tf.unstack(value)
    return x * tf.where(w < 5.0, central, tail)


def _central_share(limits):
    """How much of N(0, 1) lies within the limits: erf(limit / sqrt(2)), [batch, 1].

    Abramowitz and Stegun 1964, 7.1.26, to 1.5e-7, since TFLite has no erf; 1 exactly from 6 on.
    """
    x = limits / math.sqrt(2.0)
    t = 1.0 / (1.0 + 0.3275911 * x)
    value = tf.ones_like(t) * 1.061405429
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        value = value * t + coefficient
    return 1.0 - value * t * tf.exp(-x * x)


def _pair(central, tail):
    return tf.constant([[[central]], [[tail]]], tf.float32)
