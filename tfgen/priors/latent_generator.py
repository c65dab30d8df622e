"""An autoencoder and a prior over its latents, as one."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling
from tfgen.endpoints import Endpoint, of_seeds
from tfgen.kinds import Kind
from tfgen.priors.checks import check_count
from tfgen.training import GenerativeModel
from tfgen.training.data import as_one
from tfgen.training.first import first_examples

_BATCH = 500  # examples that are encoded at a time, before training


@keras.saving.register_keras_serializable(package="tfgen")
class LatentGenerator(GenerativeModel):
    """Samples end to end: the prior draws a latent, the autoencoder makes an example of it.

    Its `fit`, on examples or on (examples, labels), trains the prior on the latents of a batch at a
    time, and leaves the autoencoder as it is; a prior that was trained by its own `fit` is as good.
    It is saved as one file, and its endpoint `generate` is one graph from a seed to an example.

    Args:
        autoencoder: a trained model with `encode_latents`, `decode_latents` and `check_trained`,
            such as a `tfgen.VAE`, or a `tfgen.VQVAE`, whose latents are rows of tokens.
        prior: a `tfgen.priors.Prior` over these latents that trains by itself: `GaussianMixture`,
            `CouplingFlow`, `AutoregressiveFlow`, `tfgen.FlowMatching`, `tfgen.flow.MeanFlow`,
            `tfgen.vae.SecondStage`; for tokens `CausalTokenPrior` or `MaskedTokenPrior`.
        settings: how the prior draws: keyword arguments of its `draw`, such as
            `{"temperature": 0.9}` or `{"steps": 20, "guidance": 1.0}`.
        untrained: accept an autoencoder that was never trained, as one is whose weights are to be
            loaded.
        **kwargs: `name` and `dtype`.

    With classes in prior or autoencoder, or in both, it is class-conditional.

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
        owner = type(self).__name__
        prior.check_fits(autoencoder)
        prior.check_settings(**(settings or {}))
        own = getattr(autoencoder, "num_classes", None)
        if None not in (own, prior.num_classes) and own != prior.num_classes:
            raise ValueError(
                f"{owner} received a prior of {prior.num_classes} classes and an autoencoder of "
                f"{own}: expected as many. Build the prior with num_classes={own}."
            )
        if not untrained:
            autoencoder.check_trained(owner)
        self.autoencoder, self.prior = autoencoder, prior
        self.settings = dict(settings or {})
        self.num_classes = own if prior.num_classes is None else prior.num_classes
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
        return super().from_config({**config, "untrained": True})

    @property
    def kind(self) -> Kind:
        """What examples are: the autoencoder's kind."""
        return self.autoencoder.kind

    @property
    def example_shape(self) -> tuple[int, ...]:
        """The shape of one example."""
        return self.autoencoder.example_shape

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Black and white of examples that are images, (low, high); None for other kinds."""
        return self.kind.value_range

    # ------------------------------------------------------------------ training

    def objective(
        self, images: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch] of the prior on the latents of the examples, and its terms."""
        latents = self.encode_latents(images, labels)
        return self.prior.objective(latents, self._of_prior(labels), training)

    def encode_latents(self, images: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return what the prior learns, [batch, ...]: see `encode_latents` of the autoencoder."""
        return self.autoencoder.encode_latents(images, self._of_autoencoder(labels))

    def decode_latents(self, latents: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return the example of each latent, [batch, ...]."""
        return self.autoencoder.decode_latents(latents, self._of_autoencoder(labels))

    def fit(self, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        """Train the prior; arguments, result and errors as for `GenerativeModel.fit`.

        A prior that has to look at latents before, see `LatentPrior.prepare`, is shown some.
        """
        prior = self.prior
        if hasattr(prior, "prepare") and int(tf.convert_to_tensor(prior.steps_trained)) == 0:
            found = first_examples(self, args, kwargs, prior.looks_at)
            if found is None:
                prior.check_prepared(f"{type(self).__name__}.fit")
            else:
                with self.distribute_strategy.scope():
                    prior.prepare(*self._latents(*found))
        if not prior.trainable_variables and not self.compiled:
            self.compile()
        return super().fit(*args, **kwargs)

    def _latents(self, examples, labels):
        """Return the latents of all, and their labels as the prior takes them."""
        takes, encode = self.takes, tf.function(self.encode_latents, reduce_retracing=True)
        parts = []
        for start in range(0, len(examples), _BATCH):
            rows = slice(start, start + _BATCH)
            own = None if labels is None else tf.cast(labels[rows], tf.int32)
            parts.append(encode(takes.cast(examples[rows]), own).numpy())
        return np.concatenate(parts), self._of_prior(labels)

    def train_step(self, data: Any) -> dict[str, tf.Tensor]:
        """Take one step of the prior; one without weights to train only looks at the batch."""
        return super().train_step(data) if self.trainable_variables else self.test_step(data)

    @property
    def trainable_variables(self) -> list:
        """The prior's: `fit` trains nothing else."""
        return self.prior.trainable_variables

    @property
    def trainable_weights(self) -> list:
        """The same, by the name that Keras asks for when averages are written back."""
        return self.prior.trainable_weights

    @property
    def takes(self) -> Any:
        """What data must be: what the autoencoder takes, with labels for a prior of classes."""
        return dataclasses.replace(self.autoencoder.takes, num_classes=self.num_classes)

    def _of_prior(self, labels):
        return None if self.prior.num_classes is None else labels

    def _of_autoencoder(self, labels):
        return None if getattr(self.autoencoder, "num_classes", None) is None else labels

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
        return self.decode_latents(self.draw(seeds, labels), labels)

    def draw(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return a latent for each seed: of tokens, int32 [batch, length]."""
        return self.prior.draw(seeds, self._of_prior(labels), **self.settings)

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
        self.prior.check_trained(f"{type(self).__name__}.sample")
        return self.generate(sampling.seeds(seed, count), labels)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers to the outside: generate, and what the autoencoder does."""
        self.prior.check_trained(f"{type(self).__name__}.endpoints")
        kind = self.kind

        def generate(seed, label=None):
            """Draw an example from each seed."""
            return {kind.plural: self.generate(seed, label)}

        seed = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        shown = {kind.plural: kind}
        own = of_seeds(generate, seed, _seeds, self.num_classes, shown)
        theirs = self.autoencoder.endpoints()
        shared = [name for name in ("decode", "encode", "reconstruct") if name in theirs]
        return {"generate": own, **{name: theirs[name] for name in shared}}


def _seeds(seeds, label=None):
    return {"seed": seeds}
