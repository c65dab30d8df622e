"""What language models offer to the outside: whole texts, or texts token by token.

A text is written token by token so: `prefill` reads the prompt and gives the cache; then each call
of `decode` takes the token before, its place and the cache, and gives the next token and cache. The
first one, of a text without a prompt, is at place 0, with a cache of zeros and any token.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from tfgen import sampling
from tfgen.endpoints import Endpoint, of_seeds
from tfgen.priors.choices import choose
from tfgen.text.caches import cache_shape, packed, unpacked

_ROWS = 8  # of different examples: caches are large


def endpoints_of(model: Any) -> dict[str, Endpoint]:
    """Return the endpoints of a language model.

    - `generate(seed)`: a text, as its tokens.
    - `complete(seed, tokens, count, temperature)`: the same, behind the first `count` tokens.
    - `prefill(tokens, count)`, `decode(token, position, cache, seed, temperature[, start])`: one
      token at a time. The token at place t of a text has the same noise as in `generate`. Where
      texts go on beyond the window, `start` is how many tokens lie before it.
    - `score(tokens, count)`: -log p of each token.
    """
    makers = (_generate, _complete, _prefill, _decode, _score)
    return {maker.__name__[1:]: maker(model) for maker in makers}


def _generate(model):
    def generate(seed):
        """Write a text, as tokens, from each seed."""
        return {"texts": model.draw(seed)}

    return of_seeds(generate, _specs(model, "seed"), _seeds, outputs={"texts": model.kind})


def _complete(model):
    def complete(seed, tokens, count, temperature):
        """Write on behind the first `count` of the tokens, up to a whole row."""
        return {"texts": model.written_on(seed, tokens, count, temperature)}

    specs = _specs(model, "seed", "tokens", "count", "temperature")
    return of_seeds(
        complete,
        specs,
        lambda seeds: {**_seeds(seeds), **_prompts(model, seeds)},
        outputs={"texts": model.kind},
        defaults={"temperature": 1.0},
    )


def _prefill(model):
    def prefill(tokens, count):
        """Read the first `count` tokens: the logits of the next one, and the cache for decode."""
        logits, cache = prefilled(model.network, tokens, count)
        return {"logits": logits, "cache": packed(cache)}

    specs = _specs(model, "tokens", "count")
    kinds_of = {"tokens": model.kind}
    return of_seeds(prefill, specs, lambda seeds: _prompts(model, seeds), input_kinds=kinds_of)


def _decode(model):
    network = model.network

    def decode(token, position, cache, seed, temperature, start=0):
        """Write the token at a place from the one before it, which place 0 does not look at."""
        previous = tf.where(position == 0, network.blank, token)
        logits, after = _stepped(network, previous, position, cache)
        places = (position + start) * model.vocabulary
        noise = sampling.gumbel(seed, (model.vocabulary,), places)
        drawn = choose(logits, noise, temperature)
        end = model.tokenizer.end
        drawn = tf.where(previous == end, end, drawn)
        return {"token": drawn, "logits": logits, "cache": after}

    def example(seeds):
        found = _prompts(model, seeds)
        few = [found[name][:_ROWS] for name in ("tokens", "count")]
        cache = np.asarray(packed(prefilled(network, *few)[1]))
        rows, count = np.arange(len(seeds)), found["count"]
        token = found["tokens"][rows, np.maximum(count - 1, 0)]
        cache = cache[rows % len(cache)]
        return {**_seeds(seeds), "token": token, "position": count, "cache": cache}

    names = ["token", "position", "cache", "seed", "temperature"]
    names += [] if model.padded else ["start"]
    defaults = {"temperature": 1.0, "start": 0}
    return of_seeds(
        decode,
        _specs(model, *names),
        example,
        defaults={name: value for name, value in defaults.items() if name in names},
    )


def _stepped(network, previous, position, cache):
    """Return what `network.step` does, for a cache that is one tensor."""
    parts = unpacked(network, cache)
    if not hasattr(network, "look"):
        logits, after = network.step(previous, position, parts)
        return tf.cast(logits, tf.float32), packed(after)
    logits, new = network.look(previous, position, parts)
    here = tf.cast(tf.range(network.length)[None] == position[:, None], tf.float32)
    here = here[:, None, :, None]  # a product, since choosing is slow on devices; as exact
    return tf.cast(logits, tf.float32), cache * (1.0 - here) + packed(new) * here


def _score(model):
    def score(tokens, count):
        """-log p of each of the first `count` tokens given those before it, in nats; 0 behind."""
        nats, _ = model.token_nats(tokens)
        counts = tf.range(model.length)[None] < count[:, None]
        return {"nats": tf.where(counts, nats, 0.0)}

    specs = _specs(model, "tokens", "count")
    return of_seeds(score, specs, lambda seeds: _prompts(model, seeds, least=1))


def prefilled(network: Any, tokens: tf.Tensor, count: tf.Tensor) -> tuple[tf.Tensor, Any]:
    """Return the logits at place `count`, and the cache with which `step` goes there.

    Args:
        network: of a language model.
        tokens: int32 `[batch, length]`, of which those from `count` on are not looked at.
        count: int32 `[batch]`, in [0, length - 1].
    """
    last = tf.maximum(count - 1, 0)
    _, cache = network.prefill(tokens, last)
    token = tf.gather(tf.cast(tokens, tf.int32), last, axis=1, batch_dims=1)
    cache = tf.nest.map_structure(lambda part: _where(count > 0, part), cache)
    logits, _ = network.step(tf.where(count > 0, token, network.blank), count, cache)
    return tf.cast(logits, tf.float32), cache


def _where(condition, part):
    """The rows of `part` for which `condition` holds, and zeros."""
    condition = tf.reshape(condition, [-1, *[1] * (part.shape.rank - 1)])
    return tf.where(condition, part, tf.zeros([], part.dtype))


def _specs(model, *names):
    known = {
        "seed": tf.TensorSpec([None, 2], tf.int32),
        "tokens": tf.TensorSpec([None, model.length], tf.int32),
        "cache": tf.TensorSpec([None, *cache_shape(model.network)], tf.float32),
        "temperature": tf.TensorSpec([None], tf.float32),
        **dict.fromkeys(("count", "token", "position", "start"), tf.TensorSpec([None], tf.int32)),
    }
    return {name: known[name] for name in names}


def _seeds(seeds):
    return {"seed": np.asarray(seeds)}


def _prompts(model, seeds, least=0):
    """Rows of the model's own alphabet, and how many tokens of each are a prompt."""
    seeds = np.asarray(seeds)
    random = np.random.default_rng(int(np.abs(seeds[0, 0])))
    shape = (len(seeds), model.length)
    tokens = random.integers(0, model.tokenizer.end, shape).astype(np.int32)
    counts = random.integers(least, model.length, len(seeds)).astype(np.int32)
    return {"tokens": tokens, "count": counts}
