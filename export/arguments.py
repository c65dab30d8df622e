"""What every exporter asks before it starts to work: one clear line instead of a late failure."""

import difflib
import os
import warnings
from pathlib import Path


def checked_endpoints(model, names=None):
    """Return `{name: Endpoint}` of a built model: those named, or all of them.

    Raises:
        ValueError: the model is not built, offers no endpoints or lacks one of `names`.
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
    return {name: endpoints[name] for name in names}


def warn_of_untrained(model):
    """Warn where a compiled model has taken no step: its weights are those that it began with.

    A warning and no error, for the size and speed of a network can be measured untrained. A model
    without `compiled` and `step` is not asked.
    """
    if getattr(model, "compiled", False) and int(getattr(model, "step", 1)) == 0:
        warnings.warn(
            f"Export received a {type(model).__name__} that was never trained: its optimizer took "
            "no step, and its files will draw noise. Fit it or load its weights first.",
            stacklevel=3,
        )


def chosen(what, names, known):
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


def writable_directory(directory):
    """Return `directory` as a Path after creating it.

    Raises:
        ValueError: it cannot be created or written to.
    """
    directory = Path(directory)
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"Export received directory={str(directory)!r}: it cannot be created "
            f"({error.strerror}). Choose another directory."
        ) from error
    if not os.access(directory, os.W_OK | os.X_OK):
        raise ValueError(
            f"Export received directory={str(directory)!r}: it is not writable. "
            "Choose another directory or change its permissions."
        )
    return directory
