"""Callbacks that act in some epochs only."""


def checked_every(callback, every):
    """Return `every`; raise `ValueError` below 1."""
    if every < 1:
        name = type(callback).__name__
        raise ValueError(f"{name} received every={every}: expected at least 1. Set every=1.")
    return every
