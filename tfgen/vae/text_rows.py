"""Texts as a text VAE takes them: strings, or rows of tokens."""

from typing import Any

import numpy as np
import tensorflow as tf

from tfgen.tokenizers.rows import counted, padded

COUNTED = ("text", "token", "character")


def rows_of(model: Any, texts: Any) -> Any:
    """Return strings as rows of tokens, int32 `[count, length]`; anything else as it is.

    Args:
        model: with `tokenizer`, `length` and `padded`.
        texts: a string, a sequence or array of strings, or anything else.

    Raises:
        ValueError: for a text with unknown characters, or that does not fit a row.
    """
    if isinstance(texts, str):
        texts = [texts]
    if not _are_strings(texts):
        return texts
    rows = [model.tokenizer.encode(str(text)) for text in texts]
    for text, row in zip(texts, rows, strict=True):
        if len(row) > model.length or (len(row) < model.length and not model.padded):
            most = "at most" if model.padded else "exactly"
            raise ValueError(
                f"{type(model).__name__} received a text of {len(row)} tokens, {str(text)[:20]!r}: "
                f"expected {most} {model.length}. Shorten it, or build the networks for more."
            )
    return padded(rows, model.length, model.tokenizer.end)


def check_per(model: Any, per: str) -> None:
    """Raise `ValueError` for what nats cannot be told by."""
    if per not in COUNTED:
        raise ValueError(
            f"{type(model).__name__}.log_likelihood received per={per!r}: expected one of "
            f"{', '.join(COUNTED)}. Leave it out for whole texts."
        )


def divided(model: Any, nats: np.ndarray, data: Any, per: str) -> np.ndarray:
    """Return nats `[count]` of texts, each divided by its tokens or characters; see `TextVAE`.

    Raises:
        ValueError: for an empty text by the character.
    """
    if per == "text":
        return nats
    batches = data.as_numpy_iterator() if isinstance(data, tf.data.Dataset) else [data]
    rows = np.concatenate([np.asarray(batch) for batch in batches])
    if per == "character":
        counts = characters(model.tokenizer, rows)
    elif model.padded:
        counts = tf.reduce_sum(counted(rows, model.tokenizer.end), axis=-1).numpy()
    else:
        counts = np.full(len(rows), model.length)
    if not np.all(counts):
        raise ValueError(
            f"{type(model).__name__}.log_likelihood received an empty text: its nats are divided "
            "by no character. Leave it out, or ask per='text'."
        )
    return (nats / counts).astype(np.float32)


def characters(tokenizer: Any, rows: np.ndarray) -> np.ndarray:
    """Return the characters of each row of tokens, int64 `[count]`: an end token is none.

    Example:
        >>> from tfgen.tokenizers import Characters
        >>> characters(Characters("ab"), [[0, 1, 0], [1, 2, 2]]).tolist()
        [3, 1]
    """
    counts = []
    for row in np.asarray(rows):
        parts = np.split(row, np.flatnonzero(row == tokenizer.end) + 1)  # each decoded to its end
        counts.append(sum(len(tokenizer.decode(part)) for part in parts))
    return np.array(counts)


def _are_strings(texts):
    if isinstance(texts, np.ndarray):
        return texts.dtype.kind == "U" or (texts.dtype == object and isinstance(texts[0], str))
    return isinstance(texts, (list, tuple)) and bool(texts) and isinstance(texts[0], str)
