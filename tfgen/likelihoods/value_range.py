"""The values that images may have."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

UNIT = (0.0, 1.0)


def check_range(likelihood: Any, images: ArrayLike) -> None:
    """Raise ValueError if a pixel is NaN or outside the likelihood's `value_range`."""
    low, high = likelihood.value_range
    tolerance = 1e-6 * (high - low)  # resizing and normalising in float32 overshoot this much
    # Written so that a NaN, which fails every comparison, is an error too.
    if not (np.min(images) >= low - tolerance and np.max(images) <= high + tolerance):
        raise ValueError(
            f"{likelihood} received images with values from {np.min(images)} to "
            f"{np.max(images)}: they must lie in [{low:g}, {high:g}], without NaN. "
            f"Rescale the images to that range, or choose another likelihood."
        )
