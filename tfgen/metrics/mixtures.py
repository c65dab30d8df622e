"""Modes of two-dimensional mixtures of Gaussians: a ring of 8, a grid of 25."""

import math

import numpy as np
import scipy.spatial
from numpy.typing import ArrayLike

from tfgen.metrics import feature_sets
from tfgen.metrics.modes import relative_entropy


def ring_centres(count: int = 8, radius: float = 1.0) -> np.ndarray:
    """Return the centres of a ring of Gaussians: float64 `[count, 2]`.

    The published ring has 8 modes at radius 1, each of deviation 0.01.

    Example:
        >>> ring_centres(4).round().tolist()
        [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [-0.0, -1.0]]
    """
    angles = np.arange(count) * (2 * math.pi / count)
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid_centres(side: int = 5, spacing: float = 2.0) -> np.ndarray:
    """Return the centres of a grid of Gaussians around 0: float64 `[side * side, 2]`.

    The published grid has 5 x 5 modes, 2 apart, each of deviation 0.05.

    Example:
        >>> grid_centres(2).tolist()
        [[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]]
    """
    line = spacing * (np.arange(side) - (side - 1) / 2)
    return np.stack(np.meshgrid(line, line, indexing="ij"), axis=-1).reshape(-1, 2)


def mixture_modes(
    samples: ArrayLike, centres: ArrayLike, deviation: float, least: int = 1
) -> dict[str, float]:
    """Return how many Gaussians of a mixture are hit, and how many samples hit one.

    A sample is of high quality if it lies within 3 standard deviations of the nearest centre. In
    two dimensions 1 - exp(-9/2) = 98.9 % of the mixture's own samples do.

    Args:
        samples: `[n, d]`, or an iterable of batches of them; d is 2 in the published cases.
        centres: `[modes, d]`, such as `ring_centres()` or `grid_centres()`.
        deviation: standard deviation of each Gaussian, more than 0.
        least: samples of high quality that a mode needs to count as hit.

    Returns:
        dict of "modes", the number of modes that are hit; "high_quality", the share of samples,
        in [0, 1]; and "kl", the relative entropy of the nearest centres of all samples to equal
        shares, in nats, from 0 to log(modes).

    Raises:
        ValueError: for no samples, another d than the centres', NaN or infinite numbers.

    References:
        Srivastava et al. 2017, "VEEGAN", arXiv 1705.07761, for the mixtures. Lin et al. 2018,
        "PacGAN", arXiv 1712.04086, for the three numbers ("reverse KL").

    Example:
        >>> samples = np.array([[1.0, 0.0], [1.02, 0.0], [0.0, 0.0], [-1.0, 0.0]])
        >>> result = mixture_modes(samples, ring_centres(), deviation=0.01)
        >>> result["modes"], result["high_quality"]
        (2, 0.75)
    """
    centres = feature_sets.collect("mixture_modes", centres, "centres")
    feature_sets.check_positive("mixture_modes", least=least)
    if not (math.isfinite(deviation) and deviation > 0):
        raise ValueError(
            f"mixture_modes received deviation={deviation!r}: expected a finite number above 0. "
            "Set it to the standard deviation of one Gaussian."
        )
    tree = scipy.spatial.KDTree(centres)
    shares = np.zeros(len(centres), np.int64)  # of all samples
    hits = np.zeros(len(centres), np.int64)  # of those of high quality
    for batch in feature_sets.each_batch("mixture_modes", samples, "samples", centres.shape[1]):
        distances, nearest = tree.query(batch)
        shares += np.bincount(nearest, minlength=len(centres))
        hits += np.bincount(nearest[distances <= 3 * deviation], minlength=len(centres))
    count = int(np.sum(shares))
    feature_sets.check_count("mixture_modes", count, "samples", least=1)
    return {
        "modes": int(np.sum(hits >= least)),
        "high_quality": float(np.sum(hits) / count),
        "kl": relative_entropy(shares, np.ones(len(centres))),
    }
