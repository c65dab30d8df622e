"""The inception score of class predictions."""

import numpy as np
import scipy.special

from tfgen.metrics import feature_sets
from tfgen.metrics.feature_sets import Features


def inception_score(logits: Features, splits: int = 10) -> dict[str, float]:
    """Return how sure a classifier is of each fake, and how evenly the classes come up.

        score = exp(mean_x KL(p(class | x) || mean_x p(class | x)))

    It looks at fakes only: one good example per class, repeated, scores highest. So give it
    beside the score of real data, and with recall or coverage. Fewer examples score lower.

    The examples are dealt to the splits in turn, so that any number of them is taken in with
    `splits * classes` numbers of memory, and the batching does not matter.

    Args:
        logits: `[n, classes]`, before softmax, or an iterable of batches of them.
        splits: parts that are scored apart and averaged; n is at least as many.

    Returns:
        dict of "inception_score", the mean over the splits, from 1 to the number of classes, and
        "inception_score_deviation", the standard deviation over them.

    Raises:
        ValueError: for fewer examples than splits, probabilities instead of logits, wrong shapes,
            NaN or infinite numbers.

    Reference:
        Salimans et al. 2016, "Improved techniques for training GANs", arXiv 1606.03498, section
        4, whose splits are ten consecutive parts.

    Example:
        >>> sure = 50.0 * np.eye(4)
        >>> round(inception_score(sure, splits=1)["inception_score"], 6)
        4.0
    """
    feature_sets.check_positive("inception_score", splits=splits)
    count, total, negative_entropies = 0, 0.0, np.zeros(splits)
    for batch in feature_sets.each_batch("inception_score", logits, "logits"):
        _check_logits(batch)
        log_p = scipy.special.log_softmax(batch, axis=1)
        p = np.exp(log_p)
        dealt = _one_hot((count + np.arange(len(batch))) % splits, splits)  # [splits, batch]
        total = total + dealt @ p
        negative_entropies += dealt @ np.sum(p * log_p, axis=1)
        count += len(batch)
    feature_sets.check_count("inception_score", count, "logits", least=splits)
    sizes = count // splits + (np.arange(splits) < count % splits)
    mean_p = total / sizes[:, None]
    scores = np.exp(negative_entropies / sizes - np.sum(scipy.special.xlogy(mean_p, mean_p), 1))
    return {
        "inception_score": float(np.mean(scores)),
        "inception_score_deviation": float(np.std(scores)),
    }


def _one_hot(indices, count):
    """`[count, n]`: 1 where the row is the index."""
    return (np.arange(count)[:, None] == indices).astype(np.float64)


def _check_logits(batch):
    if batch.min() >= 0 and np.allclose(batch.sum(axis=1), 1.0, rtol=0, atol=1e-3):
        raise ValueError(
            "inception_score received rows of numbers from 0 to 1 that add up to 1, which are "
            "probabilities: expected logits. Leave out the softmax, or give their logarithm."
        )
