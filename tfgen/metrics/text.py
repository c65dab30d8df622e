"""What can be said of generated texts without a model: variety, likeness, copies."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

_COPIED = 40  # characters: runs as long as that are seldom shared by chance


def perplexity(nats_per_token: ArrayLike) -> np.ndarray:
    """Return the perplexity of a mean negative log-likelihood in nats a token.

    Example:
        >>> float(perplexity(0.0)), round(float(perplexity(math.log(65))), 6)
        (1.0, 65.0)
    """
    return np.exp(np.asarray(nats_per_token, np.float64))


def bits_per_character(nats: ArrayLike, characters: ArrayLike = 1) -> np.ndarray:
    """Return bits a character, of nats in all of so many characters (default: nats a character).

    Example:
        >>> round(float(bits_per_character(6 * math.log(2), 3)), 6)
        2.0
    """
    return np.asarray(nats, np.float64) / (np.asarray(characters, np.float64) * math.log(2.0))


def distinct(texts: Sequence[str], n: int = 2) -> float:
    """Return the share of different ones among all runs of `n` words; 0 where there are none.

    It falls as more texts are looked at: compare equal numbers of texts.

    Args:
        texts: strings.
        n: words in a run, at least 1.

    Example:
        >>> distinct(["to be or", "not to be"], 1), distinct(["to be or", "not to be"], 2)
        (0.6666666666666666, 0.75)

    Reference: Li et al. 2016, arXiv 1510.03055, distinct-n.
    """
    runs = [run for text in texts for run in _runs(text.split(), n)]
    return len(set(runs)) / len(runs) if runs else 0.0


def bleu(texts: Sequence[str], references: Sequence[str]) -> float:
    """Return the mean BLEU of texts, in [0, 100], each against all references.

    Each text is a sentence with an effective order, as sacrebleu computes it; needs sacrebleu
    (`pip install "tfgen[text]"`).

    Args:
        texts: strings.
        references: strings, at least one.

    Raises:
        ValueError: without texts or references.
        ModuleNotFoundError: without sacrebleu.

    Example:
        >>> round(bleu(["the cat sat on the mat"], ["a dog", "the cat sat on the mat"]), 6)
        100.0

    Reference: Papineni et al. 2002; Post 2018, arXiv 1804.08771.
    """
    _check_some(texts, references)
    score = _sentence_bleu()
    return float(np.mean([score(text, references) for text in texts]))


def self_bleu(texts: Sequence[str]) -> float:
    """Return the mean BLEU of each text against all others, in [0, 100]: high for texts alike.

    Means something beside that of as many held-out texts only.

    Args:
        texts: strings, two at least.

    Raises:
        ValueError: for fewer.
        ModuleNotFoundError: without sacrebleu.

    Example:
        >>> round(self_bleu(["one and two and three"] * 3), 6), self_bleu(["a b", "c d"])
        (100.0, 0.0)

    Reference: Zhu et al. 2018, arXiv 1802.01886.
    """
    texts = list(texts)
    _check_some(texts, texts[1:])
    score = _sentence_bleu()
    return float(np.mean([score(t, texts[:i] + texts[i + 1 :]) for i, t in enumerate(texts)]))


def longest_runs(texts: Sequence[str], training: str) -> np.ndarray:
    """Return for each text how long a run of its characters stands in the training text.

    Exact, in a few seconds for a million characters: all suffixes of all texts are sorted by ranks
    of doubled length, and a longest match is next to each in this order.

    Args:
        texts: strings.
        training: the text that might have been copied.

    Returns:
        int64 `[texts]`, characters.

    Example:
        >>> longest_runs(["a cat", "dog", ""], "the cat sat").tolist()
        [4, 0, 0]

    Reference: Manber and Myers 1993, "Suffix arrays".
    """
    lengths = np.asarray([len(text) for text in texts], np.int64)
    if not len(training) or not lengths.sum():
        return np.zeros(len(lengths), np.int64)
    signs = _signs(texts, training)
    ranks = _ranks(signs, int(lengths.max()))
    matches = _nearest_matches(ranks, len(training))
    starts = len(training) + 1 + np.concatenate([[0], np.cumsum(lengths + 1)[:-1]])
    places = [matches[start : start + n] for start, n in zip(starts, lengths, strict=True)]
    return np.asarray([place.max(initial=0) for place in places], np.int64)


def copied(texts: Sequence[str], training: str, least: int = _COPIED) -> float:
    """Return the share of texts of which a run of `least` characters stands in the training text.

    Texts of one writer share runs by chance: compare with the share of held-out texts.

    Args:
        texts: strings, at least one.
        training: the text that might have been copied.
        least: characters, at least 1.

    Example:
        >>> copied(["the cat sat", "the dog"], "on it the cat sat down", least=8)
        0.5
    """
    _check_some(texts, texts)
    return float(np.mean(longest_runs(texts, training) >= least))


def _runs(words, n):
    return zip(*(words[i:] for i in range(n)), strict=False)


def _check_some(texts, references):
    if not len(texts) or not len(references):
        raise ValueError(
            f"Texts to compare are too few ({len(texts)}, with {len(references)} references): "
            "expected one at least on either side. Draw more."
        )


def _sentence_bleu():
    try:
        from sacrebleu.metrics import BLEU
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            'BLEU needs the package sacrebleu, which is not installed: pip install "tfgen[text]".'
        ) from error
    metric = BLEU(effective_order=True)
    return lambda text, references: metric.sentence_score(text, list(references)).score


def _signs(texts, training):
    """All texts behind the training text as integers, with a separator of its own behind each."""
    parts = [training, *texts]
    points = [np.frombuffer(p.encode("utf-32-le", "surrogatepass"), "<u4") for p in parts]
    ended = [np.append(p.astype(np.int64), 0x110000 + i) for i, p in enumerate(points)]
    return np.concatenate(ended)


def _ranks(signs, longest):
    """The order of all runs of 1, 2, 4, ... signs, up to one as long as `longest`."""
    ranks = [np.unique(signs, return_inverse=True)[1].astype(np.int64)]
    while 2 ** (len(ranks) - 1) < longest:
        step = min(2 ** (len(ranks) - 1), len(signs))
        behind = np.concatenate([ranks[-1][step:] + 1, np.zeros(step, np.int64)])
        pairs = ranks[-1] * (len(signs) + 2) + behind
        ranks.append(np.unique(pairs, return_inverse=True)[1].astype(np.int64))
    return ranks


def _nearest_matches(ranks, training):
    """For each place, how many signs from it on are the same at a place before `training`."""
    order = np.argsort(ranks[-1], kind="stable")
    count, found = len(order), np.zeros(len(order), np.int64)
    places, inside = np.arange(count), order < training
    before = np.maximum.accumulate(np.where(inside, places, -1))
    after = np.minimum.accumulate(np.where(inside, places, count)[::-1])[::-1]
    for near, there in ((before, before >= 0), (after, after < count)):
        there = there & ~inside
        mine, theirs = order[places[there]], order[near[there]]
        found[mine] = np.maximum(found[mine], _match(ranks, mine, theirs))
    return found


def _match(ranks, mine, theirs):
    """How many signs are the same from pairs of places on."""
    length, count = np.zeros(len(mine), np.int64), len(ranks[0])
    for level in reversed(range(len(ranks))):
        one, other = mine + length, theirs + length
        fits = (one < count) & (other < count)
        same = ranks[level][np.where(fits, one, 0)] == ranks[level][np.where(fits, other, 0)]
        length += np.where(fits & same, 2**level, 0)
    return length
