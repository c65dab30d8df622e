"""An autoencoder and a prior over its latents, as one."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling
from tfgen.endpoints import Endpoint, of_seeds
from tfgen.kinds import Kind
from tfgen.priors.checks import check_count
from tfgen.training import GenerativeModel
from tfgen.training.data import as_one


@keras.saving.register_keras_serializable(package="tfgen")
class TokenGenerator(GenerativeModel):
    """Samples end to end: the prior draws a latent, the autoencoder makes an example of it.

    Its `fit`, on examples or on (examples, labels), trains the prior on the latents of a batch at a
    time, and leaves the autoencoder as it is; a prior that was trained by its own `fit` is as good.
    It is saved as one file, and its endpoint `generate` is one graph from a seed to an example.

    Args:
        autoencoder: a trained model with `encode_latents`, `decode_latents` and `check_trained`,
            such as a `tfgen.VQVAE`, whose latents are rows of tokens.
        prior: a `tfgen.priors.Prior` over these latents that trains by itself, such as
            `CausalTokenPrior`.
        settings: how the prior draws: keyword arguments of its `draw`, such as
            `{"temperature": 0.9, "guidance": 1.0}`.
        untrained: accept an autoencoder that was never trained, as one is whose weights are to be
            loaded.
        **kwargs: `name` and `dtype`.

    Logs: what the prior logs.

    Raises:
        ValueError: where the prior is not one over latents of this autoencoder, where that one was
            never trained, and for settings that the prior refuses. `sample` and `endpoints` refuse
            a prior that was never trained.
    """

    def __init__(
        self,
        autoencoder: keras.Model,
        prior: Any,
        settings: Mapping[str, Any] | None = None,
        *,
        untrained: bool = False,
        **kwargs: Any,
    ):
        super().__init__({tracker.name: tracker for tracker in prior.metrics}, **kwargs)
        prior.check_fits(autoencoder)
        prior.check_settings(**(settings or {}))
        if not untrained:
            autoencoder.check_trained("TokenGenerator")
        self.autoencoder, self.prior = autoencoder, prior
        self.settings = dict(settings or {})
        self.num_classes = prior.num_classes
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {
            "autoencoder": self.autoencoder,
            "prior": self.prior,
            "settings": dict(self.settings),
        }
        return {**super().get_config(), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Build the model that `get_config` describes; its weights follow."""
        config = dict(config)
        if "vqvae" in config:  # as earlier files call it
            config["autoencoder"] = config.pop("vqvae")
        return super().from_config({**config, "untrained": True})

    @property
    def vqvae(self) -> Any:
        """The autoencoder, by its older name."""
        return self.autoencoder

    def __dir__(self):
        """Hide one of two names: Keras saves what it finds here, in earlier files as `vqvae`."""
        return [name for name in super().__dir__() if name != "autoencoder"]

    @property
    def kind(self) -> Kind:
        """What examples are: the autoencoder's kind."""
        return self.autoencoder.kind

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Black and white of examples that are images, (low, high); None for other kinds."""
        return self.kind.value_range

    # ------------------------------------------------------------------ training

    def objective(
        self, images: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch] of the prior on the latents of the examples, and its terms."""
        return self.prior.objective(
            self.autoencoder.encode_latents(images, labels), labels, training
        )

    @property
    def trainable_variables(self) -> list:
        """The prior's: `fit` trains nothing else."""
        return self.prior.trainable_variables

    @property
    def takes(self) -> Any:
        """What data must be: what the autoencoder takes, with labels for a prior of classes."""
        return dataclasses.replace(self.autoencoder.takes, num_classes=self.num_classes)

    # ------------------------------------------------------------------ use

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Return the examples [batch, ...] of seeds int32 [batch, 2], or of [seeds, labels]."""
        seeds, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        return self.generate(seeds, labels)

    def call_signature(self) -> Any:
        """Return what `call` takes, for `keras.Model.export`."""
        return as_one(self.endpoints()["generate"].inputs.values())

    def generate(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return an example for each seed, int32 [batch, 2] of `tfgen.sampling`: [batch, ...]."""
        return self.autoencoder.decode_latents(self.draw(seeds, labels), labels)

    def draw(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return a latent for each seed: of tokens, int32 [batch, length]."""
        return self.prior.draw(seeds, labels, **self.settings)

    def indices(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return the indices of an example for each seed, int32 [batch, h, w]."""
        return tf.reshape(self.draw(seeds, labels), [-1, *self.autoencoder.index_shape])

    def sample(self, count: int, seed: int = 0, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return `count` examples, [count, ...].

        Example i depends on `seed`, i and its label only: more begin with the same ones.

        Args:
            count: how many, at least 1.
            seed: int; the same seed gives the same examples, here and in every exported file.
            labels: int [count], for a class-conditional prior.

        Raises:
            ValueError: for a count below 1, for missing labels, and for an untrained prior.
        """
        check_count(count)
        self.prior.check_trained("TokenGenerator.sample")
        return self.generate(sampling.seeds(seed, count), labels)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers to the outside: generate, tokens and decode."""
        self.prior.check_trained("TokenGenerator.endpoints")
        kind = self.kind

        def generate(seed, label=None):
            """Draw an example from each seed."""
            return {kind.plural: self.generate(seed, label)}

        def tokens(seed, label=None):
            """Write a grid of codebook indices from each seed, as generate draws it."""
            return {"indices": self.indices(seed, label)}

        def seeds(seeds, label=None):
            return {"seed": seeds}

        seed, classes = {"seed": tf.TensorSpec([None, 2], tf.int32)}, self.num_classes
        return {
            "generate": of_seeds(generate, seed, seeds, classes, {kind.plural: kind}),
            "tokens": of_seeds(tokens, seed, seeds, classes),
            "decode": self.autoencoder.endpoints()["decode"],
        }
