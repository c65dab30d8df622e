"""Protocols shared by recipes of one family."""

import sys

import numpy as np


def judge_vae(model, test, num_samples=5000):
    """Return the numbers of a VAE on a test set: nats per example, means over all of it.

    `nll` is minus the importance-weighted bound with `num_samples` samples, an upper bound of the
    true value in expectation; the others are those that `evaluate` logs.
    """
    evaluated = model.evaluate(test, return_dict=True, verbose=0)
    estimates = model.log_likelihood(test, num_samples, verbose=int(sys.stdout.isatty()))
    error = float(np.std(estimates) / np.sqrt(len(estimates)))
    return {
        "nll": float(-np.mean(estimates)),
        "nll_standard_error": error,
        "importance_samples": num_samples,
        "examples": len(estimates),
        **{name: float(evaluated[name]) for name in ("elbo", "distortion", "rate", "active_units")},
    }


def judge_mixture(model, centres, deviation, count=10_000, seed=0):
    """Return how many modes the samples of a GAN hit, and how many samples hit one.

    `high_quality` is the share within 3 deviations of a centre, 0.989 for the mixture itself.
    """
    from tfgen import metrics

    samples = model.sample(count, seed=seed).numpy()
    found = metrics.mixture_modes(samples, centres, deviation)
    return {**found, "of_modes": len(centres), "samples": count}
