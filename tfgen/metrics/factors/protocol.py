"""All the numbers together."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from tfgen.metrics.factors import factor_vae, gaps, infomec, predictors
from tfgen.metrics.factors.information import (
    active_latents,
    checked,
    entropy,
    information,
)

_FOLLOWS = 0.05  # of a factor's entropy, below which a latent is not said to follow it


def disentanglement(
    codes: np.ndarray, factors: np.ndarray, names: Sequence[str] | None = None
) -> dict[str, Any]:
    """Return all numbers of the package by name, and what each latent follows.

    `InfoM`, `InfoC`, `InfoE`, `MIG`, `SAP`, `DCI_disentanglement`, `DCI_completeness`,
    `DCI_informativeness`, `FactorVAE_score`, `active_latents`; then `information`, the normalised
    one as rows of lists, and `follows`: for each latent the name of the factor of which it tells
    most, None where it tells less than 5 % of any.

    Args:
        codes: `[count, latents]`, floats or integers.
        factors: integers `[count, factors]`.
        names: of the factors; numbers by default.

    Raises:
        ValueError: for NaN, factors that do not vary, and shapes that don't fit.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> factors = rng.integers(0, 4, (500, 2))
        >>> found = disentanglement(factors[:, ::-1], factors, ["scale", "colour"])
        >>> found["follows"], round(found["InfoM"], 1)
        (['colour', 'scale'], 1.0)
    """
    latents, values = checked("disentanglement", codes, factors)
    names = [str(i) for i in range(values.shape[1])] if names is None else list(names)
    if len(names) != values.shape[1]:
        raise ValueError(
            f"disentanglement received {len(names)} names for {factors.shape[1]} factors: expected "
            "one for each. Leave names out to number them."
        )
    told = information(latents, values) / [entropy(factor) for factor in values.T]
    told *= active_latents(latents)[:, None]
    return {
        **infomec.of_information(latents, values, told),
        "MIG": gaps.mig(latents, values),
        "SAP": gaps.sap(latents, values),
        **{f"DCI_{name}": value for name, value in predictors.dci(latents, values).items()},
        "FactorVAE_score": factor_vae.factor_vae_score(latents, values),
        "active_latents": int(np.sum(active_latents(latents))),
        "information": np.round(told, 4).tolist(),
        "follows": [names[np.argmax(row)] if row.max() >= _FOLLOWS else None for row in told],
    }
