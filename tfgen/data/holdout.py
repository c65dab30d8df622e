"""Which examples are held out for the test, decided by what they contain and by nothing else.

An example is held out if the hash of its bytes, as a number from 0 to 1, lies below the share. So
the choice is the same on every machine, in every order and under every name; copies of an example
stay together; and a set that grows keeps on each side what was there. The share is met on average:
of n examples, within about sqrt(n * share).
"""

import hashlib
import math
import numbers

import numpy as np


def check_share(holdout, receiver="open_source"):
    """Raise ValueError unless `holdout` lies between 0 and 1."""
    number = isinstance(holdout, numbers.Real) and not isinstance(holdout, bool)
    if not (number and math.isfinite(holdout) and 0 < holdout < 1):
        raise ValueError(
            f"{receiver} received holdout={holdout!r}: expected the share of examples that is "
            "held out for the test, above 0 and below 1. Leave it out for 0.1."
        )


def digest(content):
    """Return the hash of one example's bytes, int from 0 to 2**64 - 1.

    Example:
        >>> digest(b"an example")
        8300143398766777998
    """
    return int.from_bytes(hashlib.sha256(content).digest()[:8], "big")


def held_out(digests, share, name):
    """Return the rows to train on and those held out: two int arrays, each in rising order.

    Neither is empty: where no hash lies below the share, the lowest is held out, and where all do,
    the highest stays.

    Args:
        digests: of all examples, uint64 `[count]`.
        share: above 0 and below 1.
        name: of the data, for the error.

    Raises:
        ValueError: if the examples are all the same.

    Example:
        >>> held_out([2**60, 2**63, 2**60], 0.1, "data")
        (array([1]), array([0, 2]))
    """
    digests = np.asarray(digests, np.uint64)
    test = digests < np.uint64(border(digests.min(), digests.max(), len(digests), share, name))
    return np.flatnonzero(~test), np.flatnonzero(test)


def border(low, high, count, share, name):
    """Return the number below which a hash is held out, of `count` hashes from `low` to `high`.

    Raises:
        ValueError: if these are the same.

    Example:
        >>> border(1, 5, 9, 0.5, "data"), border(2**60, 2**63, 9, 0.5, "data") == 2**63
        (5, True)
    """
    if low == high:
        raise ValueError(
            f"{name} has {count:,} example(s), none different from the first: expected two "
            "different ones at least, one to train and one to hold out. Add examples."
        )
    return min(max(int(share * 2**64), int(low) + 1), int(high))
