"""The score of FactorVAE: which latent stays still when a factor does."""

import numpy as np

from tfgen.metrics.factors.information import active_latents, checked

_VOTES = 800  # to learn from, and as many to be judged by
_GROUP = 64  # examples of a vote


def factor_vae_score(codes: np.ndarray, factors: np.ndarray) -> float:
    """Return the accuracy, from 0 to 1, of a majority vote on which factor was held still.

    A vote takes 64 examples that share the value of one factor, both at random, and names the
    active latent whose variance among them is the least part of its variance over all. For each
    latent the factor for which it was named most often in 800 votes is the answer in 800 others.
    Without active latents the score is 0.

    Args:
        codes: `[count, latents]`, floats or integers.
        factors: integers `[count, factors]`.

    Raises:
        ValueError: for NaN, factors that do not vary, and shapes that don't fit.

    Reference: Kim and Mnih 2018, "Disentangling by factorising", arXiv 1802.05983, section 4.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> factors = rng.integers(0, 4, (500, 3))
        >>> factor_vae_score(factors.astype(float), factors)
        1.0
    """
    latents, values = checked("factor_vae_score", codes, factors)
    active = latents[:, active_latents(latents)].astype(np.float64)
    if not active.size:
        return 0.0
    rng = np.random.default_rng(0)
    chosen = rng.integers(0, values.shape[1], 2 * _VOTES)
    rows = np.stack([_group(values[:, factor], rng) for factor in chosen])
    named = np.argmin(active[rows].var(axis=1) / active.var(axis=0), axis=-1)
    table = np.zeros((active.shape[1], values.shape[1]))
    np.add.at(table, (named[:_VOTES], chosen[:_VOTES]), 1)
    return float(np.mean(table.argmax(axis=1)[named[_VOTES:]] == chosen[_VOTES:]))


def _group(factor, rng):
    """Rows that share a value, each value being as likely as any other."""
    same = np.flatnonzero(factor == rng.choice(np.unique(factor)))
    return rng.choice(same, _GROUP)
