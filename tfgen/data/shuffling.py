"""Random keys and permutations that depend on what they are told, and on nothing else.

`Dataset.shuffle` mixes the global seed into its own and restarts on resume; these do neither. The
algorithm is named in every call, since the default of TensorFlow depends on the device.
"""

import tensorflow as tf

ORDER, WINDOW, BINARIZE = range(3)  # purposes: what a key is for, so that no two uses share one


def key(seed, *numbers):
    """Return a key, int64 `[2]`, from a seed and integers: purpose, epoch, ...

    Example:
        >>> bool(tf.reduce_all(key(0, ORDER, 1) == key(0, ORDER, 1)))
        True
    """
    value = tf.stack([tf.cast(seed, tf.int64), tf.constant(0, tf.int64)])
    for number in numbers:
        value = tf.random.fold_in(value, number, alg="philox")
    return value


def permutation(key, count):
    """Return the numbers 0 ... count - 1 in an order that depends on `key` only: int32 `[count]`.

    Example:
        >>> sorted(permutation(key(0, ORDER, 1), 4).numpy().tolist())
        [0, 1, 2, 3]
    """
    words = tf.random.stateless_uniform(
        tf.reshape(count, [1]), key, minval=None, maxval=None, dtype=tf.int64, alg="philox"
    )
    return tf.argsort(words)
