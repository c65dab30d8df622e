"""What every prior offers, over continuous latents and over tokens alike."""

from typing import Any, Protocol

import tensorflow as tf


class Prior(Protocol):
    """What stands in for N(0, I), or for uniform tokens: p(latent | label).

    A prior trains in one of three ways. One without weights never does, such as `StandardNormal`.
    One whose weights enter `log_prob` trains *with* a VAE that is given it, since the objective's
    KL depends on it; if it is made of the encoder, as `VampPrior` is, the VAE calls its `join`. And
    one that is a `GenerativeModel` with an `objective` of its own trains *after* the autoencoder,
    on its latents: see `LatentGenerator`, which asks it for `check_fits`, `check_settings`,
    `check_trained`, `num_classes` and `has_likelihood` too. A class of your own that has these
    methods will do; it need not inherit.
    """

    def log_prob(self, z: tf.Tensor, labels: Any = None) -> tf.Tensor:
        """Return log p(z), float32 [..., ] for latents [..., *shape], in nats."""

    def draw(self, seeds: tf.Tensor, labels: Any = None, **settings: Any) -> tf.Tensor:
        """Return a latent for each row of seeds, int32 [batch, 2]: builtin TFLite operations."""

    def kl(self, posterior: Any, z: tf.Tensor, labels: Any = None) -> tf.Tensor:
        """Return KL(posterior || prior), [batch, units], in nats.

        In closed form with a column for each unit where there is one, else an estimate at z, a
        reparameterised sample of the posterior, in one column.
        """
