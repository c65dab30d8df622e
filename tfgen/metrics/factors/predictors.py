"""DCI: what predictors of the factors look at."""

import numpy as np

from tfgen.metrics.factors.information import checked

_TREES = 50
_TINY = 1e-12


def dci(codes: np.ndarray, factors: np.ndarray) -> dict[str, float]:
    """Return `{"disentanglement", "completeness", "informativeness"}`, each from 0 to 1.

    A forest of 50 bagged trees reads each factor from all latents, trained on every other example;
    R `[latents, factors]` are the importances of the latents (decrease of impurity). Then

        disentanglement = sum_i w_i (1 - H(R_i. / sum) / log F),   w_i the latent's share of R
        completeness    = mean over j of 1 - H(R_.j / sum) / log L
        informativeness = mean accuracy on the examples between

    Args:
        codes: `[count, latents]`, floats or integers.
        factors: integers `[count, factors]`.

    Raises:
        ValueError: for NaN, factors that do not vary, and shapes that don't fit.

    Reference: Eastwood and Williams 2018, "A framework for the quantitative evaluation of
        disentangled representations".

    Example:
        >>> rng = np.random.default_rng(0)
        >>> factors = rng.integers(0, 2, (200, 2))
        >>> {name: round(value, 2) for name, value in dci(factors, factors).items()}
        {'disentanglement': 1.0, 'completeness': 1.0, 'informativeness': 1.0}
    """
    latents, values = checked("dci", codes, factors)
    found = [_forest(latents, factor) for factor in values.T]
    importances = np.stack([importance for importance, _ in found], axis=-1)
    weights = importances.sum(axis=1) / max(importances.sum(), _TINY)
    return {
        "disentanglement": float(np.sum(weights * _concentration(importances))),
        "completeness": float(np.mean(_concentration(importances.T))),
        "informativeness": float(np.mean([accuracy for _, accuracy in found])),
    }


def _concentration(importances):
    """1 minus the entropy of each row over its largest possible one; 0 for rows of zeros."""
    count, sums = importances.shape[1], importances.sum(axis=1, keepdims=True)
    if count == 1:
        return np.ones(len(importances))
    shares = importances / np.maximum(sums, _TINY)
    entropies = -np.sum(shares * np.log(np.maximum(shares, _TINY)), axis=1) / np.log(count)
    return np.where(sums[:, 0] > 0, 1.0 - entropies, 0.0)


def _forest(codes, factor):
    from sklearn.ensemble import RandomForestClassifier

    # Every latent is looked at for every split: else those without a say get some, by chance.
    forest = RandomForestClassifier(_TREES, max_features=None, random_state=0)
    forest.fit(codes[::2], factor[::2])
    return forest.feature_importances_, forest.score(codes[1::2], factor[1::2])
