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


def noise_seed(key):
    """Return a seed for `tf.random.stateless_*` that depends on `key` only: int64 `[2]`."""
    seed = tf.numpy_function(_noise_seed, [key], tf.int64, stateful=False)
    return tf.ensure_shape(seed, [2])


def _permutation(key, count):
    stream = np.random.Philox(np.random.SeedSequence(key.tolist()))
    return np.argsort(stream.random_raw(int(count)), kind="stable").astype(np.int32)


def _noise_seed(key):
    return np.random.SeedSequence(key.tolist()).generate_state(2, np.uint64).view(np.int64)
