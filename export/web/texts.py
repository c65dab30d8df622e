"""What the page of a model of text must know of it, found by asking its endpoints."""

from collections.abc import Mapping

from tfgen.endpoints import Endpoint

ENDPOINTS = ("prefill", "decode")
STATIC = ("page.css", "preflight.js", "loading.js", "text_page.js", "writer.js", "tokenizer.js")


def writes(endpoints: Mapping[str, Endpoint]) -> bool:
    """Whether a model writes text token by token, and says in which tokens."""
    return set(ENDPOINTS) <= set(endpoints) and "tokenizer" in _kind(endpoints)


def described(endpoints: Mapping[str, Endpoint]) -> dict:
    """Return the settings of the page, a dict of plain values."""
    taken = endpoints["decode"].inputs
    return {
        "tokenizer": _kind(endpoints),
        "window": int(endpoints["prefill"].inputs["tokens"].shape[1]),
        "cache": [1, *(int(size) for size in taken["cache"].shape[1:])],
        "beyond": "start" in taken,
    }


def _kind(endpoints):
    """What the tokens are that `prefill` reads, as plain values."""
    kind = endpoints["prefill"].input_kinds.get("tokens")
    return kind.about() if kind else {}
