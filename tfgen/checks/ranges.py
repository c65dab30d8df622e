"""Examples in the range of numbers that a model makes."""

import numpy as np

_MANY = 8  # examples of which one would have a dark pixel, were there any


def check_reach(examples, value_range, owner, reaches):
    """Raise `ValueError` for examples that a model can't reach.

    Args:
        examples: array `[count, ...]`, finite.
        value_range: `(low, high)`, or None for any number.
        owner: which model.
        reaches: what of it has the range, such as "its images reach".

    Example:
        >>> check_reach(np.array([0.0, 255.0]), (-1.0, 1.0), "FlowMatching", "its images reach")
        Traceback (most recent call last):
        ValueError: FlowMatching received examples from 0 to 255: its images reach from -1 to 1. ...
    """
    if value_range is None:
        return
    low, high = float(np.min(examples)), float(np.max(examples))
    # Pictures without a negative value were scaled to [0, 1]: half of a tanh's range. So may a few
    # bright ones be.
    halved = value_range[0] < 0 <= low and high > 0 and len(examples) >= _MANY
    if halved or low < value_range[0] - 1e-3 or high > value_range[1] + 1e-3:
        least, most = value_range
        raise ValueError(
            f"{owner} received examples from {low:g} to {high:g}: {reaches} from {least:g} to "
            f"{most:g}. Rescale the examples, e.g. by tfgen.data.images(..., "
            f"value_range=({least:g}, {most:g}))."
        )
