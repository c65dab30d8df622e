"""Whether arrays can be images, vectors or labels."""

import numpy as np

_CHUNK = 2**24  # numbers looked at at a time: an array may be a file larger than memory


def checked_examples(array, name):
    """Return images `[n, h, w, c]`, uint8 or floats in [0, 1], or vectors `[n, d]` of numbers.

    Raises:
        ValueError: for another rank, dtype or range, for NaN and for no examples.
    """
    array = array if isinstance(array, np.memmap) else _as_array(array, name)
    if array.ndim not in (2, 3, 4) or 0 in array.shape:
        raise ValueError(
            f"{name} has shape {array.shape}: expected images [n, h, w] or [n, h, w, c], or "
            "vectors [n, d], with no empty axis. Reshape it."
        )
    if array.ndim == 2:
        return _checked_vectors(array, name)
    if array.ndim == 4 and array.shape[1] in (1, 3) and array.shape[3] > 4:
        raise ValueError(
            f"{name} has shape {array.shape}, channels first: expected [n, h, w, c]. Pass "
            "np.moveaxis(array, 1, -1)."
        )
    array = array if array.dtype == np.uint8 else _checked_floats(array, name)
    return array[..., None] if array.ndim == 3 else array


def checked_labels(labels, count, name):
    """Return labels as int32 `[count]`.

    Raises:
        ValueError: for another shape, and for other than integers from 0.
    """
    labels = _as_array(labels, f"labels of {name}")
    if labels.shape == (count, 1):
        labels = labels[:, 0]
    if labels.shape != (count,):
        raise ValueError(
            f"{name} has labels of shape {labels.shape} for {count:,} examples: expected "
            f"({count},), one integer for each."
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0 or labels.max() >= 2**31:
        low = "" if labels.dtype.kind not in "iuf" else f" from {labels.min()}"
        raise ValueError(
            f"{name} has labels of dtype {labels.dtype}{low}: expected integers from 0. Number "
            "the classes."
        )
    return labels.astype(np.int32)


def chunks(array):
    """Yield the rows of an array in parts that need little memory."""
    rows = max(1, _CHUNK // int(np.prod(array.shape[1:])))
    for start in range(0, len(array), rows):
        yield array[start : start + rows]


def _as_array(value, name):
    try:
        return np.asarray(value)
    except (ValueError, TypeError) as error:  # rows of different lengths, sparse tensors, ...
        raise ValueError(
            f"{name} is no array ({error}): expected numbers [n, ...], every example of one shape. "
            "Resize or pad the examples."
        ) from error


def _checked_vectors(array, name):
    if array.dtype.kind not in "iuf":
        raise ValueError(
            f"{name} has numbers of dtype {array.dtype}: expected integers or floats. Convert them."
        )
    _refuse_nan(array, "numbers", name)
    with np.errstate(over="ignore"):
        vectors = array if isinstance(array, np.memmap) else array.astype(np.float32)
        finite = all(np.isfinite(part.astype(np.float32)).all() for part in chunks(array))
    if not finite:
        raise ValueError(
            f"{name} has infinite numbers, or some beyond float32's: expected finite ones. "
            "Rescale or remove them."
        )
    return vectors


def _checked_floats(array, name):
    if not np.issubdtype(array.dtype, np.floating):
        raise ValueError(
            f"{name} has pixels of dtype {array.dtype}: expected uint8 in 0..255 or floats in "
            "[0, 1]. Convert them."
        )
    _refuse_nan(array, "pixels", name)
    low = min(part.min() for part in chunks(array))
    high = max(part.max() for part in chunks(array))
    if low < 0 or high > 1:
        raise ValueError(
            f"{name} has floats from {low:g} to {high:g}: expected [0, 1] for images. Rescale "
            "them; value_range sets the range of what comes out."
        )
    return array if isinstance(array, np.memmap) else array.astype(np.float32, copy=False)


def _refuse_nan(array, what, name):
    if missing := sum(int(np.isnan(part).sum()) for part in chunks(array)):
        raise ValueError(
            f"{name} has {missing:,} NaN {what} of {array.size:,}: expected numbers. Fill or "
            "remove them."
        )
