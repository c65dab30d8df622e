"""Numbers that settings may have."""

import math
import numbers


def check_number(owner, name, value, fix, *, least=None, above=None, most=None, below=None):
    """Raise `ValueError` unless `value` is a finite number within the bounds that are given.

    Args:
        owner: who received it.
        name: what of it.
        value: what was received.
        fix: what to do instead, a sentence.
        least: lowest value, or None.
        above: a bound below that is no value itself, or None.
        most: highest value, or None.
        below: a bound above that is no value itself, or None.

    Example:
        >>> check_number("Warmup", "start", float("nan"), "Use 0.", least=0)
        Traceback (most recent call last):
        ValueError: Warmup received start=nan: expected a finite number of at least 0. Use 0.
    """
    if (
        not _is(value, numbers.Real)
        or not math.isfinite(value)
        or _outside(value, least, above, most, below)
    ):
        bounds = _bounds(least, above, most, below)
        raise ValueError(
            f"{owner} received {name}={_shown(value)}: expected a finite number{bounds}. {fix}"
        )


def check_integer(owner, name, value, fix, *, least=1):
    """Raise `ValueError` unless `value` is an integer of at least `least`."""
    if not _is(value, numbers.Integral) or value < least:
        raise ValueError(
            f"{owner} received {name}={_shown(value)}: expected an integer of at least {least}. "
            f"{fix}"
        )


def check_weight(owner, name, value, fix="Use a number, or a schedule of tfgen.schedules."):
    """Raise `ValueError` unless `value` is a finite number of at least 0, or a schedule object."""
    if isinstance(value, type):
        raise ValueError(
            f"{owner} received {name}={value.__name__}, a class: expected an object. Call it with "
            f"its settings, as in {name}={value.__name__}(...)."
        )
    if not callable(value):
        check_number(owner, name, value, fix, least=0)


def _is(value, kind):
    return isinstance(value, kind) and not isinstance(value, bool)


def _outside(value, least, above, most, below):
    return (
        (least is not None and value < least)
        or (above is not None and value <= above)
        or (most is not None and value > most)
        or (below is not None and value >= below)
    )


def _bounds(least, above, most, below):
    words = {"of at least": least, "above": above, "of at most": most, "below": below}
    given = [f"{word} {bound:g}" for word, bound in words.items() if bound is not None]
    return f" {' and '.join(given)}" if given else ""


def _shown(value):
    """Its repr, without what would not fit on a line."""
    text = repr(value)
    return text if len(text) <= 60 and "\n" not in text else f"a {type(value).__name__}"
