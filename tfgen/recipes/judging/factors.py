"""Latents beside the factors that the data were made of."""

import numpy as np


def judge_factors(model, evidence):
    """Return how the latents of the test examples relate to their known factors.

    All numbers of `metrics.disentanglement`, of the posterior means or, of quantised latents, of
    the indices; `nats_per_unit`, see `unit_nats`; the mean squared error of reconstructions from
    them, over pixels in [0, 1]; and the means that `evaluate` logs.
    """
    from tfgen import metrics

    source = evidence.source
    codes = model.latents(evidence.test, verbose=0)
    found = metrics.disentanglement(codes, source.factors("test"), list(source.spec.factors))
    evaluated = model.evaluate(evidence.test, return_dict=True, verbose=0)
    follows = ", ".join(name or "-" for name in found.pop("follows"))
    return {
        **{name: value for name, value in found.items() if name != "information"},
        "units_follow": follows,
        "mse": _mse(model, evidence.test),
        **{name: float(value) for name, value in evaluated.items() if name not in found},
        "examples": len(codes),
        "information": found["information"],
        "nats_per_unit": unit_nats(model, codes, evidence.test),
    }


def unit_nats(model, codes, test):
    """Return what each unit carries in nats, floats `[latents]`.

    Of a VAE the mean of its KL to the prior; of quantised latents the entropy of its index.
    """
    from tfgen.metrics.factors.information import entropy

    if codes.dtype.kind == "i":
        return [round(entropy(code), 4) for code in codes.T]
    sums, count = 0.0, 0
    for batch in test:
        posterior = model.encode(batch)
        kl = model.prior.kl(posterior, posterior.mean())
        sums, count = sums + np.sum(kl, axis=0), count + len(kl)
    return np.round(np.asarray(sums) / count, 4).tolist()


def _mse(model, test):
    """The mean over pixels and examples."""
    squares = [np.mean((model.reconstruct(x) - x) ** 2, axis=(1, 2, 3)) for x in test]
    return float(np.mean(np.concatenate(squares)))
