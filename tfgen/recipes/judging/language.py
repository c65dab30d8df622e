"""The likelihood of held-out text."""

import math

import numpy as np

from tfgen.recipes.judging.texts import TEXTS, judge_texts

_WINDOWS = 64  # by which exported files are judged


def judge_language_model(model, evidence, seed=0):
    """Return the nats of all held-out text, exact, and how texts compare that the model writes.

    Of a stream, every token counts, in windows that begin every half length: each but the first
    few is predicted from at least half a window before it, `least_context`. Of lines or paragraphs,
    every token of a text counts and the end that it ends with, from its beginning; texts that are
    longer than a row are cut, and have no end. `nats_per_character` divides all nats, those of the
    ends among them, by the characters of the texts; `perplexity` is per token.
    """
    nats, tokens, characters, context = (_lines if model.padded else _stream)(model, evidence)
    count = min(TEXTS, evidence.source.spec.counts["test"])
    return {
        "nats_per_character": nats / characters,
        "bits_per_character": nats / characters / math.log(2.0),
        "nats_per_token": nats / tokens,
        "perplexity": math.exp(nats / tokens),
        "characters": characters,
        "token_count": tokens,
        **context,
        **judge_texts(model.kind.texts(model.sample(count, seed)), evidence),
    }


def held_out_nats(model, evidence):
    """Return the `Quality` by which reports of exports say what a conversion costs: of windows."""
    from tfgen.text import quality  # here: who lists the recipes need not wait for it

    found, rows = [], 0
    for batch in evidence.test.as_numpy_iterator():
        found.append(batch)
        rows += len(batch)
        if rows >= _WINDOWS:
            break
    return quality.held_out(model, np.concatenate(found)[:_WINDOWS])


def _stream(model, evidence):
    stream, end = evidence.source.stream("test"), model.tokenizer.end
    nats = float(np.sum(model.stream_nats(stream), dtype=np.float64))
    characters = len(model.tokenizer.decode(stream[stream != end]))
    return nats, len(stream), characters, {"least_context": model.length // 2}


def _lines(model, evidence):
    nats = tokens = characters = texts = 0
    for rows in evidence.test.as_numpy_iterator():
        own, mask = (part.numpy() for part in model.token_nats(rows))
        nats += float(np.sum(own * mask, dtype=np.float64))
        tokens += int(mask.sum())
        characters += sum(map(len, model.kind.texts(rows)))
        texts += len(rows)
    return nats, tokens, characters, {"nats_per_text": nats / texts}
