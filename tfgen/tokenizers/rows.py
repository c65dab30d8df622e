"""Rows of tokens: texts of several lengths in one array, and what of them counts."""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike


def padded(texts: Iterable[ArrayLike], length: int, end: int) -> np.ndarray:
    """Return the indices of texts as rows, int32 `[count, length]`, filled with end tokens.

    Texts that are longer are cut, and then hold no end token.

    Args:
        texts: indices `[tokens]` of each text, without end token.
        length: tokens of a row, at least 1.
        end: the token that ends a text.

    Example:
        >>> padded([[1, 2], [3, 4, 5, 6]], length=3, end=9).tolist()
        [[1, 2, 9], [3, 4, 5]]
    """
    texts = list(texts)
    rows = np.full((len(texts), length), end, np.int32)
    for row, text in zip(rows, texts, strict=True):
        text = np.asarray(text, np.int32)[:length]
        row[: len(text)] = text
    return rows


def counted(tokens: tf.Tensor | ArrayLike, end: int) -> tf.Tensor:
    """Return 1 for the tokens of a text and the end token that ends it, 0 behind that.

    Args:
        tokens: int32 `[batch, length]`.
        end: the token that ends a text.

    Returns:
        float32 `[batch, length]`.

    Example:
        >>> counted([[1, 2, 9, 9], [1, 2, 3, 4]], end=9).numpy().tolist()
        [[1.0, 1.0, 1.0, 0.0], [1.0, 1.0, 1.0, 1.0]]
    """
    ends = tf.cast(tf.equal(tf.convert_to_tensor(tokens, tf.int32), end), tf.float32)
    return tf.cast(tf.cumsum(ends, axis=1, exclusive=True) < 0.5, tf.float32)
