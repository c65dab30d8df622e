"""The exact likelihood of texts of any length."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np

from tfgen.priors.checks import check_tokens

_PER = ("text", "token", "character")


@dataclasses.dataclass(frozen=True)
class _Window:
    """A row of which the places from `start` to `stop` count, for the text of that number."""

    row: np.ndarray
    start: int
    stop: int
    text: int


def of_texts(model: Any, texts: Any, per: str, batch_size: int) -> np.ndarray:
    """See `LanguageModel.log_likelihood`."""
    if per not in _PER:
        raise ValueError(
            f"LanguageModel.log_likelihood received per={per!r}: expected one of {', '.join(_PER)}."
        )
    if isinstance(texts, str):
        raise ValueError(
            "LanguageModel.log_likelihood received a string: expected a list of them. Use [text]."
        )
    strings = len(texts) > 0 and isinstance(texts[0], str)
    parts = _encoded(model, texts) if strings else _rows(model, texts)
    windows = [w for i, part in enumerate(parts) for w in _windows(model, part, None, i)]
    totals = np.zeros(len(parts), np.float64)
    for window, nats in _judged(model, windows, batch_size):
        totals[window.text] -= nats.sum()
    if per == "token":
        totals /= [len(part) for part in parts]
    elif per == "character":
        totals /= [max(1, len(model.tokenizer.decode(part))) for part in parts]
    return totals.astype(np.float32)


def of_stream(model: Any, stream: Any, stride: int | None, batch_size: int) -> np.ndarray:
    """See `LanguageModel.stream_nats`."""
    stream, length = np.asarray(stream), model.length
    if stream.ndim != 1 or len(stream) == 0:
        raise ValueError(
            f"LanguageModel.stream_nats received an array of shape {stream.shape}: expected "
            "tokens [count], one at least. Use tokenizer.encode(text)."
        )
    check_tokens(stream, model.vocabulary)
    if stride is not None and not 1 <= stride <= length:
        raise ValueError(
            f"LanguageModel.stream_nats received stride={stride}: expected from 1 to the length of "
            f"the windows, {length}. Use {max(1, length // 2)}."
        )
    judged = _judged(model, list(_windows(model, stream, stride)), batch_size)
    return np.concatenate([nats for _, nats in judged])


def _encoded(model, texts):
    """The tokens of each text, with its end where the model writes one."""
    end = [model.tokenizer.end] if model.padded else []
    parts = [np.concatenate([model.tokenizer.encode(text), end]).astype(np.int32) for text in texts]
    for i, part in enumerate(parts):
        if len(part) == 0:
            raise ValueError(
                f"LanguageModel.log_likelihood received no characters in text {i}: expected one "
                "at least. Leave it out."
            )
        if model.padded and len(part) > model.length:
            raise ValueError(
                f"LanguageModel.log_likelihood received a text of {len(part)} tokens, its end "
                f"among them: the model knows texts of up to {model.length}. Cut it."
            )
    return parts


def _rows(model, rows):
    """The tokens of each row that count."""
    rows = np.asarray(rows)
    model.takes.check_batch("LanguageModel.log_likelihood", rows)
    if not model.padded:
        return list(rows)
    ends = rows == model.tokenizer.end
    counts = np.where(ends.any(1), ends.argmax(1) + 1, rows.shape[1])
    return [row[:count] for row, count in zip(rows, counts, strict=True)]


def _windows(model, tokens, stride, text=0) -> Iterator[_Window]:
    """Windows over tokens; each token counts in one of them."""
    length, done = model.length, 0
    stride = stride or max(1, length // 2)
    while done < len(tokens):
        stop = min(len(tokens), length if done == 0 else done + stride)
        start = max(0, stop - length)
        row = np.full(length, model.tokenizer.end, np.int32)
        row[: stop - start] = tokens[start:stop]
        yield _Window(row, done - start, stop - start, text)
        done = stop


def _judged(model, windows, batch_size) -> Iterator[tuple[_Window, np.ndarray]]:
    """Each window with the nats of its places that count, float32."""
    for i in range(0, len(windows), batch_size):
        part = windows[i : i + batch_size]
        nats = np.asarray(model._compiled_nats(np.stack([window.row for window in part]))[0])
        for window, row in zip(part, nats, strict=True):
            yield window, row[window.start : window.stop]
