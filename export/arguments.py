"""What every exporter asks before it starts to work: one clear line instead of a late failure."""

import difflib
import warnings
from collections.abc import Iterable

import numpy as np

from tfgen.endpoints import Endpoint

_OF_TEXT = ("prefill", "score")


def checked_endpoints(model, names: Iterable[str] | str | None = None) -> dict[str, Endpoint]:
    """Return `{name: Endpoint}` of a built model: those named, or all of them.

    Raises:
        ValueError: the model is not built, offers no endpoints or lacks one of `names`, or one of
            its weights is no finite number.
    """
    kind = type(model).__name__
    if not callable(getattr(model, "endpoints", None)):
        raise ValueError(
            f"Export received a {kind} without endpoints(): expected a model whose endpoints() "
            "returns {name: Endpoint}. Use a tfgen model or give yours that method."
        )
    if not getattr(model, "built", True):
        raise ValueError(
            f"Export received a {kind} that is not built: its weights do not exist yet. "
            "Call it on one batch, fit it or load its weights first."
        )
    endpoints = dict(model.endpoints())
    if not endpoints:
        raise ValueError(f"{kind}.endpoints() returned nothing: expected at least one Endpoint.")
    names = list(endpoints) if names is None else chosen("endpoints", names, endpoints)
    _check_weights(model)
    return {name: endpoints[name] for name in names}


def usual_endpoints(model) -> list[str]:
    """Return the endpoints that a device wants of a model, unless others are asked for.

    `generate` and `decode`, and of models of text what else they write and judge by.
    """
    offered = model.endpoints() if callable(getattr(model, "endpoints", None)) else {}
    return ["generate", "decode", *(name for name in _OF_TEXT if name in offered)]


def _check_weights(model):
    for weight in getattr(model, "weights", ()):
        if not np.isfinite(np.asarray(weight, np.float64)).all():
            raise ValueError(
                f"Export received a {type(model).__name__} whose weight {weight.path!r} has NaN or "
                "infinity in it: training has diverged. Load the weights of an earlier epoch."
            )


def warn_of_untrained(model) -> None:
    """Warn where a compiled model has taken no step: its weights are those that it began with.

    A warning and no error, for the size and speed of a network can be measured untrained. A model
    without `compiled` and `step` is not asked, nor is one that has nothing to train by steps.
    """
    trains = getattr(model, "compiled", False) and model.trainable_variables
    if trains and int(getattr(model, "step", 1)) == 0:
        warnings.warn(
            f"Export received a {type(model).__name__} that was never trained: its optimizer took "
            "no step, and its files will draw noise. Fit it or load its weights first.",
            stacklevel=3,
        )


def chosen(what: str, names: Iterable[str] | str, known: Iterable[str]) -> list[str]:
    """Return `names` as a list without repetitions, all of which are in `known`."""
    names = [names] if isinstance(names, str) else list(names)
    if not names:
        raise ValueError(f"{what}=() names nothing: expected some of {', '.join(known)}.")
    for name in names:
        if name not in known:
            nearest = difflib.get_close_matches(str(name), known, n=1, cutoff=0.4)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            raise ValueError(
                f"{what} received {name!r}: expected some of {', '.join(known)}.{hint}"
            )
    return list(dict.fromkeys(names))


def checked_text(what: str, text: str | None, use: str) -> str | None:
    """Return `text` if it is a text, or None if it is None.

    Raises:
        ValueError: for anything else, or an empty text; it says what to `use`.
    """
    if text is not None and not (isinstance(text, str) and text.strip()):
        raise ValueError(f"{what}={text!r}: expected a text. Use {use}.")
    return text
