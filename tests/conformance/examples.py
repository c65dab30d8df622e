"""The 64 examples that the rows of the conformance table learn from."""

import functools

import numpy as np
from sklearn.datasets import load_digits

COUNT = 64
LENGTH = 9  # of the rows of tokens


def digits():
    """Real 8x8 digits in [0, 1]."""
    return (_digits()[0],)


def labelled_digits():
    """The same, with their classes."""
    return _digits()


def signed_digits():
    """The same in [-1, 1], as the generators of adversarial networks draw."""
    return (2 * _digits()[0] - 1,)


def labelled_signed_digits():
    """The same with their classes."""
    return signed_digits()[0], _digits()[1]


def points():
    """Points of the plane, around (1, -1)."""
    noise = np.random.default_rng(0).normal(size=(COUNT, 2))
    return ((np.array([1.0, -1.0]) + 0.5 * noise).astype(np.float32),)


def labelled_tokens():
    """Rows of tokens out of 24 that count upwards, and their classes."""
    starts = np.random.default_rng(0).integers(0, 24, (COUNT, 1))
    return ((starts + np.arange(LENGTH)) % 24).astype(np.int32), _digits()[1]


def texts():
    """The same rows as whole texts: some of them end early."""
    rows, _ = labelled_tokens()
    ended = np.cumsum(rows == 23, axis=1) > 0
    return (np.where(ended, 23, rows).astype(np.int32),)


@functools.cache
def _digits():
    loaded = load_digits()
    images = (loaded.images[:COUNT, :, :, None] / 16.0).astype(np.float32)
    return images, loaded.target[:COUNT].astype(np.int32)
