"""NumPy arrays and scikit-learn's digits as sources of images."""

import numpy as np

from tfgen.data.source import InMemory

_TEST_EVERY = 5


def from_arrays(source):
    """Return the source for `images` or `(images, labels)`, checked.

    Args:
        source: images uint8 `[n, h, w]` or `[n, h, w, c]` in 0..255, or floats in [0, 1]; labels
            non-negative integers `[n]`.

    Raises:
        ValueError: for another rank, dtype, range or length, for NaN and for no images.
    """
    images, labels = source if isinstance(source, (tuple, list)) else (source, None)
    images = _checked_images(np.asarray(images))
    if labels is not None:
        labels = _checked_labels(np.asarray(labels), len(images))
    return InMemory(images, labels, white=255.0 if images.dtype == np.uint8 else 1.0)


def digits(split):
    """Return scikit-learn's 8x8 digits: 1,437 to train, 360 to test, frozen.

    Every fifth image of each class, in the order of the data set, is for the test.
    """
    from sklearn.datasets import load_digits  # only here: scikit-learn is slow to import

    check_split("digits", split, ["train", "test"])
    data = load_digits()
    is_test = np.zeros(len(data.target), bool)
    is_test[np.argsort(data.target, kind="stable")[::_TEST_EVERY]] = True
    rows = is_test if split == "test" else ~is_test
    images = data.images[rows].astype(np.uint8)[..., None]
    return InMemory(images, data.target[rows].astype(np.int32), white=16.0)


def check_split(source, split, splits):
    """Raise ValueError unless `split` is one of `splits`."""
    if split not in splits:
        names = ", ".join(repr(name) for name in splits)
        raise ValueError(
            f"images({str(source)!r}) has no split {split!r}: it has {names}. Choose one of these."
        )


def _checked_images(images):
    if images.ndim not in (3, 4) or 0 in images.shape:
        raise ValueError(
            f"images received an array of shape {images.shape}: expected [n, h, w] or "
            "[n, h, w, c] with no empty axis. Reshape it."
        )
    if images.dtype != np.uint8:
        images = _checked_floats(images)
    return images[..., None] if images.ndim == 3 else images


def _checked_floats(images):
    if not np.issubdtype(images.dtype, np.floating):
        raise ValueError(
            f"images received pixels of dtype {images.dtype}: expected uint8 in 0..255 or floats "
            "in [0, 1]. Convert them."
        )
    if missing := int(np.isnan(images).sum()):
        raise ValueError(
            f"images received {missing:,} NaN pixels of {images.size:,}: expected floats in "
            "[0, 1]. Fill or remove them."
        )
    low, high = images.min(), images.max()
    if low < 0 or high > 1:
        raise ValueError(
            f"images received floats from {low:g} to {high:g}: expected [0, 1]. Rescale them; "
            "value_range sets the range of what comes out."
        )
    return images.astype(np.float32, copy=False)


def _checked_labels(labels, count):
    if labels.shape != (count,):
        raise ValueError(
            f"images received labels of shape {labels.shape} for {count:,} images: expected "
            f"({count},), one integer per image."
        )
    if not np.issubdtype(labels.dtype, np.integer) or labels.min() < 0:
        raise ValueError(
            f"images received labels of dtype {labels.dtype} from {labels.min()}: expected "
            "integers from 0. Number the classes."
        )
    return labels.astype(np.int32)
