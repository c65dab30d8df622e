"""Places told by rotation."""

import numpy as np


def angles(length: int, size: int, base: float = 10_000.0) -> tuple[np.ndarray, np.ndarray]:
    """Return cosines and sines of the angles by which places turn, float32 `[length, size / 2]`.

    Numbers i and i + size / 2 of a vector at place t are turned, as a point of the plane, by
    `t * base**(-2 i / size)`. So a product of two vectors knows how far apart they are, not where.

    Args:
        length: places.
        size: of the vectors, even.
        base: the slowest pair turns once in about `2 pi base` places.

    Reference: Su et al. 2021, "RoFormer", arXiv 2104.09864, equation 34, where pairs are
        neighbours.

    Example:
        >>> angles(3, 2)[1].round(3)
        array([[0.   ],
               [0.841],
               [0.909]], dtype=float32)
    """
    turns = np.arange(length)[:, None] * base ** (-np.arange(0, size, 2) / size)
    return np.cos(turns).astype(np.float32), np.sin(turns).astype(np.float32)
