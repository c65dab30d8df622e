"""Binary images from intensities: pixel = 1 with probability `intensity`, else 0.

Reference: Salakhutdinov & Murray 2008, "On the quantitative analysis of deep belief networks", for
one draw per image; Burda et al. 2016, arXiv 1509.00519, for a new draw each epoch.
"""

import math

import numpy as np
import tensorflow as tf

from tfgen import sampling

_CHUNK = 2**20  # pixels binarised at a time


def draw_dynamic(pixels, white, seed):
    """Return a Bernoulli draw that depends on `seed` and the position in the batch.

    The noise has 16 bits, half the cost of a float: a probability is off by less than 2**-16, and
    black and white pixels stay what they are.

    Args:
        pixels: `[batch, h, w, c]` in [0, white].
        white: the value that stands for intensity 1.
        seed: int64 `[2]`.

    Returns:
        float32 `[batch, h, w, c]`, 0 or 1.
    """
    thresholds = tf.cast(pixels, tf.float32) * (2**16 / white)
    noise = _words16((tf.shape(pixels)[0], *pixels.shape[1:]), seed)
    return tf.cast(noise < thresholds, tf.float32)


def draw_static(pixels, white, indices, seed):
    """Return a Bernoulli draw that depends, for each image, on `(seed, indices[i])` only.

    Args:
        pixels: `[batch, h, w, c]` in [0, white].
        white: the value that stands for intensity 1.
        indices: int32 `[batch]`, the places of the images in the data set.
        seed: int32.

    Returns:
        float32 `[batch, h, w, c]`, 0 or 1.
    """
    rows = tf.stack([tf.fill(tf.shape(indices), tf.cast(seed, tf.int32)), indices], axis=1)
    noise = sampling.uniform(rows, tuple(pixels.shape[1:]))
    return tf.cast(noise < tf.cast(pixels, tf.float32) / white, tf.float32)


def binarize_array(pixels, white, seed):
    """Return `draw_static` of a whole data set as zeros and ones, uint8 `[count, h, w, c]`."""
    result = np.empty(pixels.shape, np.uint8)
    step = max(1, _CHUNK // int(np.prod(pixels.shape[1:])))
    for start in range(0, len(pixels), step):
        chunk = tf.constant(pixels[start : start + step])
        indices = tf.range(start, start + len(chunk))
        result[start : start + step] = draw_static(chunk, white, indices, seed).numpy()
    return result


def _words16(shape, seed):
    """Uniform 16-bit words, two from each 32-bit word of noise: float32 `[batch, *shape[1:]]`."""
    row = math.prod(shape[1:])
    words = tf.random.stateless_uniform(
        [shape[0], (row + 1) // 2], seed, None, None, dtype=tf.int32, alg="philox"
    )
    halves = tf.reshape(tf.bitcast(words, tf.uint16), [shape[0], row + row % 2])
    halves = halves[:, :row] if row % 2 else halves
    return tf.cast(tf.reshape(halves, shape), tf.float32)
