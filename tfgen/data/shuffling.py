"""Permutations and noise keys that depend on what they are told, and on nothing else.

`Dataset.shuffle` mixes the global seed into its own and restarts on resume; these do neither. They
run in NumPy, since a dataset compiles its functions anew for each pass, which cost more than the
sorting. Only bit streams that NumPy keeps the same in all its versions are used.
"""

import numpy as np
import tensorflow as tf

ORDER, WINDOW, BINARIZE = range(3)  # purposes: what a key is for, so that no two uses share one


def key(*numbers):
    """Return a key, int64 `[len(numbers)]`, from non-negative integers: seed, purpose, epoch, ...

    Example:
        >>> key(7, ORDER, tf.constant(1)).numpy().tolist()
        [7, 0, 1]
    """
    return tf.stack([tf.cast(number, tf.int64) for number in numbers])


def permutation(key, count):
    """Return the numbers 0 ... count - 1 in an order that depends on `key` only: int32 `[count]`.

    Example:
        >>> sorted(permutation(key(0, ORDER, 1), 4).numpy().tolist())
        [0, 1, 2, 3]
    """
    order = tf.numpy_function(_permutation, [key, count], tf.int32, stateful=False)
    return tf.ensure_shape(order, [None])


def shuffled(key, rows, count):
    """Return where some rows are in an order of `count` that depends on `key` only: int64 `[rows]`.

    In NumPy, with memory for these rows only, however many there are in all: a Feistel network
    is a permutation of the numbers of so many bits, and is applied until it stays below `count`.

    Args:
        key: non-negative integers `[n]`.
        rows: int `[rows]`, from 0 to count - 1.
        count: how many are permuted, at least 1.

    Example:
        >>> sorted(shuffled([0, ORDER, 1], np.arange(4), 4).tolist())
        [0, 1, 2, 3]
    """
    half = np.uint64(max(1, (int(count - 1).bit_length() + 1) // 2))
    rounds = np.random.SeedSequence([int(number) for number in key]).generate_state(6, np.uint64)
    places = _feistel(np.asarray(rows, np.uint64), rounds, half)
    while len(beyond := np.flatnonzero(places >= np.uint64(count))):
        places[beyond] = _feistel(places[beyond], rounds, half)
    return places.astype(np.int64)


def _feistel(numbers, rounds, half):
    """Permute the numbers of twice `half` bits."""
    mask = (np.uint64(1) << half) - np.uint64(1)
    left, right = numbers >> half, numbers & mask
    for key in rounds:
        left, right = right, left ^ (_mixed(right + key) & mask)
    return (left << half) | right


def _mixed(x):
    """Every bit of the result depends on all of `x`, uint64: the finalizer of SplitMix64."""
    with np.errstate(over="ignore"):
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def noise_seed(key):
    """Return a seed for `tf.random.stateless_*` that depends on `key` only: int64 `[2]`."""
    seed = tf.numpy_function(_noise_seed, [key], tf.int64, stateful=False)
    return tf.ensure_shape(seed, [2])


def _permutation(key, count):
    stream = np.random.Philox(np.random.SeedSequence(key.tolist()))
    return np.argsort(stream.random_raw(int(count)), kind="stable").astype(np.int32)


def _noise_seed(key):
    return np.random.SeedSequence(key.tolist()).generate_state(2, np.uint64).view(np.int64)
