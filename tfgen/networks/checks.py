"""What networks are asked before they are built, and models of the networks they are given."""

from collections.abc import Iterable
from typing import Any


def check_positive(network: str, **numbers: Any) -> None:
    """Raise `ValueError`, which names `network`, for numbers that are no positive integers."""
    for argument, number in numbers.items():
        if not isinstance(number, int) or number < 1:
            raise ValueError(
                f"{network} received {argument}={number!r}: expected a positive integer. "
                f"Set {argument} to 1 or more."
            )


def check_fit(owner: str, checks: Iterable[tuple[str, Any, Any]]) -> None:
    """Raise `ValueError` for the first of `(what, received, expected)` that differ; it says whose.

    Args:
        owner: what the message calls the model, with the numbers that decide what is expected.
        checks: what of its networks, such as "decoder's input shape", is what, and should be what.
    """
    for what, received, expected in checks:
        if received != expected:
            raise ValueError(
                f"{owner} received networks whose {what} is {received}: it must be {expected}. "
                "Build the networks with that."
            )
