"""An autoencoder of tokens and a prior over them, as one."""

from typing import Any

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen.endpoints import Endpoint, of_seeds
from tfgen.priors.latent_generator import LatentGenerator, _seeds


@keras.saving.register_keras_serializable(package="tfgen")
class TokenGenerator(LatentGenerator):
    """A `LatentGenerator` whose latents are tokens: what it draws can be had as indices, too.

    Args:
        autoencoder: a trained `tfgen.VQVAE`, or what is like it.
        prior: `CausalTokenPrior` or `MaskedTokenPrior`.
        settings: as for `LatentGenerator`, such as `{"temperature": 0.9, "guidance": 1.0}`.
        untrained: as for `LatentGenerator`.
        **kwargs: `name` and `dtype`.

    Logs: what the prior logs.

    Raises:
        ValueError: as `LatentGenerator` does.
    """

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Build the model that `get_config` describes; its weights follow."""
        config = dict(config)
        if "vqvae" in config:  # as earlier files call it
            config["autoencoder"] = config.pop("vqvae")
        return super().from_config(config)

    @property
    def vqvae(self) -> Any:
        """The autoencoder, by its older name."""
        return self.autoencoder

    def __dir__(self):
        """Hide one of two names: Keras saves what it finds here, in earlier files as `vqvae`."""
        return [name for name in super().__dir__() if name != "autoencoder"]

    def indices(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return the indices of an example for each seed, int32 [batch, h, w]."""
        return tf.reshape(self.draw(seeds, labels), [-1, *self.autoencoder.index_shape])

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers to the outside: generate, tokens and decode."""
        offered = super().endpoints()

        def tokens(seed, label=None):
            """Write a grid of codebook indices from each seed, as generate draws it."""
            return {"indices": self.indices(seed, label)}

        seed = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        own = of_seeds(tokens, seed, _seeds, self.num_classes)
        return {"generate": offered["generate"], "tokens": own, "decode": offered["decode"]}
