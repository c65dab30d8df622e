"""How much latents say about what they were inferred from."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

_ROWS = 256  # latents compared at a time with all posteriors


def mutual_information(means: ArrayLike, scales: ArrayLike, seed: int = 0) -> float:
    """Return an estimate of I(x; z), in nats, of the diagonal Gaussian posteriors of examples.

        I(x; z) = mean of log q(z | x) - log q(z),   q(z) = mean over examples of q(z | x)

    What of the rate tells examples apart; the rest, KL(q(z) || p(z)), is how far latents lie from
    the prior altogether. It can't be more than log(count): take thousands of examples.

    Args:
        means: float `[count, latent_dim]`, of q(z | x), an example each.
        scales: float `[count, latent_dim]`, standard deviations above 0.
        seed: of one latent drawn for each example.

    Raises:
        ValueError: for shapes that differ, and scales that are not above 0.

    Reference: Hoffman and Johnson 2016, "ELBO surgery", equation 8, with all examples for q(z).

    Example:
        >>> round(mutual_information([[-9.0], [9.0]], [[1.0], [1.0]]), 6)  # log 2: two groups
        0.693147
    """
    means, scales = np.asarray(means, np.float64), np.asarray(scales, np.float64)
    if means.ndim != 2 or means.shape != scales.shape or not np.all(scales > 0):
        raise ValueError(
            f"mutual_information received means of shape {means.shape} and scales of shape "
            f"{scales.shape}, the least {np.min(scales, initial=np.inf):g}: expected both [count, "
            "latent_dim], scales above 0. Pass those of model.encode."
        )
    z = means + scales * np.random.default_rng(seed).normal(size=means.shape)
    own = _log_density(z, means, scales)
    parts = np.array_split(z, -(-len(z) // _ROWS))
    every = [logsumexp(_log_density(part[:, None], means, scales), axis=1) for part in parts]
    return float(np.mean(own - np.concatenate(every)) + np.log(len(z)))


def _log_density(z, means, scales):
    """Log N(z; mean, scale), [..., count]; the constant, which cancels, is left out."""
    return -np.sum(0.5 * ((z - means) / scales) ** 2 + np.log(scales), axis=-1)
