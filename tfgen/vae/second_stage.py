"""A VAE of latents, as the prior of another."""

from typing import Any

import keras
import tensorflow as tf

from tfgen import sampling
from tfgen.checks.numbers import check_number
from tfgen.priors.latent_prior import LatentPrior

_NOISE = 1  # what a row's seeds are used for, besides drawing u


@keras.saving.register_keras_serializable(package="tfgen")
class SecondStage(LatentPrior):
    """A prior that is itself a VAE, of latents: u from N(0, I), then z from p(z | u).

    Where the first VAE has found the manifold of the data, the second one, whose latents are as
    many as there are units, learns how they are spread over it.

    Args:
        vae: a `tfgen.VAE` of vectors of `latent_dim` numbers, with a likelihood such as
            `Gaussian()` whose scale is learned. Its classes are those of the prior.
        **kwargs: `name` and `dtype`.

    Logs: what the VAE does: `loss`, `distortion`, `rate` and `elbo`, in nats of standardised
    latents, and `active_units`.

    Raises:
        ValueError: for a VAE of other examples than vectors.

    Example:
        >>> from tfgen import likelihoods, networks
        >>> from tfgen.vae import VAE
        >>> pair = networks.mlp((4,), (8,), (16,)), networks.mlp((4,), (8,), (16,))
        >>> SecondStage(VAE(*pair, likelihoods.Gaussian(), latent_dim=4)).sample(3).shape
        TensorShape([3, 4])

    Reference: Dai and Wipf 2019, "Diagnosing and enhancing VAE models", arXiv 1903.05789, section
        4.
    """

    def __init__(self, vae: keras.Model, **kwargs: Any):
        shape = tuple(getattr(vae, "example_shape", ()))
        if len(shape) != 1:
            raise ValueError(
                f"SecondStage received a {type(vae).__name__} of examples of shape {shape}: "
                "expected a VAE of vectors, the latents of another. Build its networks for those."
            )
        super().__init__(shape, vae.num_classes, **kwargs)
        self._trackers = {tracker.name: tracker for tracker in vae.metrics}
        self.vae = vae
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "vae": self.vae}

    def objective(
        self, examples: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch] of the VAE on standardised latents, and its terms."""
        if training:
            self.steps_trained.assign_add(1)
        return self.vae.objective(self.standardised(examples), self._own(labels), training)

    def check_settings(self, *, temperature: float = 1.0, **others: Any) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow.

        Args:
            temperature: factor of the noise of p(z | u), at least 0.
            **others: refused.
        """
        super().check_settings(**others)
        check_number("SecondStage", "temperature", temperature, "Use 1.", least=0)

    def _draw(self, seeds, labels, temperature=1.0):
        u = self.vae.prior.draw(seeds, labels)
        found = self.vae.decode(u, labels)
        noise = sampling.normal(sampling.stream(seeds, _NOISE), self.example_shape)
        return found.mean() + temperature * found.stddev() * noise
