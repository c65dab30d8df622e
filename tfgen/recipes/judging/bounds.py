"""Bounds of the likelihood."""

import numpy as np

from tfgen.recipes.judging.evaluating import evaluated
from tfgen.recipes.judging.samples import sample_quality


def judge_vae(model, evidence, num_samples=5000):
    """Return the numbers of a VAE on a test set: nats per example, means over all of it.

    `nll` is minus the importance-weighted bound with `num_samples` samples, an upper bound of the
    true value in expectation; the others are those that `evaluate` logs. Samples are judged beside
    it where there are features.
    """
    judged = sample_quality(model, evidence)
    logged = evaluated(model, evidence.test)
    estimates = model.log_likelihood(evidence.test, num_samples, verbose=1)
    error = float(np.std(estimates) / np.sqrt(len(estimates)))
    return {
        **judged,
        "nll": float(-np.mean(estimates)),
        "nll_standard_error": error,
        "importance_samples": num_samples,
        "examples": len(estimates),
        **{name: float(logged[name]) for name in ("elbo", "distortion", "rate", "active_units")},
    }
