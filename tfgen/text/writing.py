"""Texts written token by token, beyond the window of the network where asked."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from tfgen.checks.numbers import check_integer
from tfgen.priors.checks import check_tokens

_HOP = 4  # tokens between two pieces of text


@dataclasses.dataclass(frozen=True)
class Order:
    """What is to be written: the tokens it begins with, how many in all, and how to choose."""

    prompt: np.ndarray
    length: int
    choice: Mapping[str, Any]


def order(
    model: Any,
    prompt: Any,
    length: int | None,
    temperature: float,
    top_k: int | None,
    top_p: float | None,
) -> Order:
    """Return the `Order`; `ValueError` for what the model can't follow."""
    owner = type(model).__name__
    choice = {"temperature": temperature, "top_k": top_k, "top_p": top_p}
    model.check_settings(**choice)
    if isinstance(prompt, str):
        prompt = model.tokenizer.encode(prompt)
    prompt = np.zeros(0, np.int32) if prompt is None else np.asarray(prompt, np.int32).reshape(-1)
    if len(prompt):
        check_tokens(prompt, model.vocabulary)
    length = model.length if length is None else length
    check_integer(owner, "length", length, f"Use {model.length}.")
    if model.padded and length > model.length:
        raise ValueError(
            f"{owner} received length={length}: it was trained on whole texts of up to "
            f"{model.length} tokens. Use {model.length} or less."
        )
    if len(prompt) >= length:
        more = f"Use a length of {len(prompt) + 1} or more" if not model.padded else "Shorten it"
        raise ValueError(
            f"{owner} received a prompt of {len(prompt)} tokens for texts of length={length}, "
            f"prompt included: nothing would be left to write. {more}."
        )
    return Order(prompt, length, choice)


def rows(model: Any, seeds: tf.Tensor, order: Order) -> tf.Tensor:
    """Return a row of tokens for each seed, int32 [batch, order.length]."""
    count = int(seeds.shape[0])
    tokens = np.tile(order.prompt, [count, 1])
    while tokens.shape[1] < order.length:
        start, window = _window(model, tokens)
        known = tokens.shape[1] - start
        stop = min(model.length, order.length - start)
        cache = model.network.empty_cache(count)
        written, _ = model._compiled_go_on(
            _places(0, stop), window, cache, seeds, *_scalars(known, start), **order.choice
        )
        tokens = np.concatenate([tokens, written.numpy()[:, known:stop]], axis=1)
    return tf.constant(tokens)


def pieces(model: Any, seeds: tf.Tensor, order: Order) -> Iterator[str]:
    """Yield the text of the one row of `rows` as it is written, without the prompt."""
    said = 0
    for tokens, ended in _hops(model, seeds, order):
        new = tokens[0, len(order.prompt) :]
        text = model.tokenizer.decode(new)
        if not ended:  # bytes of a character that is not whole yet
            text = text.rstrip("\ufffd")
        if len(text) > said:
            yield text[said:]
            said = len(text)


def _hops(model, seeds, order):
    """The row of tokens so far, a few longer each time, and whether it is whole."""
    tokens = order.prompt[None]
    while True:
        start, window = _window(model, tokens)
        known, place = tokens.shape[1] - start, 0
        stop = min(model.length, order.length - start)
        cache = model.network.empty_cache(1)
        while place < stop:
            until = min(stop, max(known, place) + _HOP)
            window, cache = model._compiled_go_on(
                _places(place, until), window, cache, seeds, *_scalars(known, start), **order.choice
            )
            place = until
            row = np.concatenate([tokens, window.numpy()[:, known:place]], axis=1)
            ended = row.shape[1] == order.length or row[0, -1] == model.tokenizer.end
            yield row, ended
            if ended:
                return
        tokens = row


def _window(model, tokens):
    """Where the next window begins, and its tokens int32 [batch, length], blank where unknown."""
    known = tokens.shape[1]
    start = 0 if known < model.length else known - model.length // 2
    window = np.full([len(tokens), model.length], model.network.blank, np.int32)
    window[:, : known - start] = tokens[:, start:]
    return start, window


def _places(start, stop):
    return tf.constant(start), tf.constant(stop)


def _scalars(*numbers):
    return tuple(tf.constant(number) for number in numbers)
