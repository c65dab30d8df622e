"""Ways in which a disk, a cable or a power cut damages a file."""

import numpy as np

FOOTER = 32  # bytes of the checksum


def cut(data, rng):
    """Return the data without some of their end."""
    return data[: rng.integers(len(data))]


def flipped(data, rng):
    """Return the data with one bit turned."""
    data, place = bytearray(data), rng.integers(8 * len(data))
    data[place // 8] ^= 1 << (place % 8)
    return bytes(data)


def zeroed_block(data, rng):
    """Return the data with a block of 512 bytes set to zero."""
    start = int(rng.integers(max(1, len(data) - 512)))
    return data[:start] + bytes(min(512, len(data) - start)) + data[start + 512 :]


def zeroed_end(data, rng):
    """Return the data with zeros in the place of some of their end, as power cuts leave files."""
    start = int(rng.integers(len(data)))
    return data[:start] + bytes(len(data) - start)


def longer(data, rng):
    """Return the data with noise behind them."""
    return data + rng.bytes(int(rng.integers(1, 100)))


DAMAGES = {
    "cut": cut,
    "flipped": flipped,
    "zeroed block": zeroed_block,
    "zeroed end": zeroed_end,
    "longer": longer,
}


def damaged(data, kind, seed):
    """Return the data damaged in a way of `DAMAGES`."""
    return DAMAGES[kind](data, np.random.default_rng(seed))
