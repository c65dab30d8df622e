"""Modes of Stacked-MNIST: three digits as red, green and blue make 1,000 classes."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from tfgen.metrics import feature_sets
from tfgen.metrics.features import image_batches


def stacked_modes(images: ArrayLike | Iterable, logits: Callable) -> Iterator[np.ndarray]:
    """Yield the mode of each image: 100 times the digit in red, 10 times green, once blue.

    Args:
        images: iterable of batches `[batch, 28, 28, 3]` in [0, 1], or pairs (images, labels), or
            an array of them.
        logits: classifier of one channel: `[batch, 28, 28, 1]` → `[batch, 10]`, for one
            `mnist_features().logits`.

    Yields:
        modes: int64 `[batch]`, from 0 to 999.

    Raises:
        ValueError: for images without three channels.

    Reference:
        Srivastava et al. 2017, "VEEGAN: reducing mode collapse in GANs using implicit variational
        learning", arXiv 1705.07761.

    Example:
        >>> seven = lambda images: np.tile(np.eye(10)[7], (len(images), 1))
        >>> [modes.tolist() for modes in stacked_modes([np.zeros((2, 28, 28, 3))], seven)]
        [[777, 777]]
    """
    for batch in image_batches(images):
        if batch.ndim != 4 or batch.shape[-1] != 3:
            raise ValueError(
                f"stacked_modes received images of shape {batch.shape}: expected "
                "[batch, 28, 28, 3], a digit in each channel. Stack three digits."
            )
        digits = [np.argmax(logits(batch[..., i : i + 1]), axis=-1) for i in range(3)]
        yield np.ravel_multi_index(digits, (10, 10, 10))


def mode_coverage(
    modes: ArrayLike | Iterable,
    num_modes: int = 1000,
    reference: ArrayLike | Iterable | None = None,
) -> dict[str, float]:
    """Return how many modes are hit, and how far their frequencies are from the real ones.

        kl = sum_i p_i log(p_i / q_i),  p: shares among fakes,  q: among real data

    Protocol of the published Stacked-MNIST numbers: 26,000 fakes. Equal distributions don't
    reach 0: n draws from q give (num_modes - 1) / (2 n) nats, 0.019 for 26,000. Real triples of
    MNIST's test digits give 0.022, since its digits are not quite equally frequent.

    Args:
        modes: integers `[n]` from 0 to num_modes - 1, or an iterable of batches of them.
        num_modes: number of modes.
        reference: the same for real data, or None if all modes are equally frequent there.

    Returns:
        dict of "modes", an integer, and "kl", in nats, from 0 to log(num_modes) without
        reference; infinite if there are fakes of a mode that is not in the reference.

    Raises:
        ValueError: for no modes, or numbers that are none.

    Reference:
        Lin et al. 2018, "PacGAN: the power of two samples in generative adversarial networks",
        arXiv 1712.04086.

    Example:
        >>> mode_coverage([0, 1, 1, 0], num_modes=4)
        {'modes': 2, 'kl': 0.6931471805599453}
    """
    counts = mode_counts(modes, num_modes)
    real = np.ones(num_modes) if reference is None else mode_counts(reference, num_modes)
    return {"modes": int(np.sum(counts > 0)), "kl": relative_entropy(counts, real)}


def mode_counts(modes: Any, num_modes: int) -> np.ndarray:
    """Return the number of examples of each mode: int64 `[num_modes]`."""
    feature_sets.check_positive("mode_coverage", num_modes=num_modes)
    flat = hasattr(modes, "shape") or (isinstance(modes, list) and np.ndim(modes[:1]) == 1)
    counts = np.zeros(num_modes, np.int64)
    for batch in [modes] if flat else modes:
        counts += np.bincount(_checked(np.asarray(batch), num_modes), minlength=num_modes)
    feature_sets.check_count("mode_coverage", int(counts.sum()), "modes", least=1)
    return counts


def relative_entropy(counts: np.ndarray, reference: ArrayLike) -> float:
    """Return KL(p || q) of the shares of two lists of counts, in nats."""
    p, q = counts / np.sum(counts), reference / np.sum(reference)
    hit = p > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[hit] * np.log(p[hit] / q[hit])))


def _checked(modes, num_modes):
    if modes.ndim != 1 or not np.issubdtype(modes.dtype, np.integer):
        raise ValueError(
            f"mode_coverage received modes of shape {modes.shape} and type {modes.dtype}: "
            "expected integers [n]. Take the argmax of logits."
        )
    if len(modes) and not 0 <= modes.min() <= modes.max() < num_modes:
        raise ValueError(
            f"mode_coverage received modes from {modes.min()} to {modes.max()}: expected 0 to "
            f"{num_modes - 1}. Set num_modes to the number of modes."
        )
    return modes
