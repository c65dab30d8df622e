"""What the priors over tokens have in common."""

import functools
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import kinds, sampling
from tfgen.checks.examples import Examples
from tfgen.checks.labels import check_labels
from tfgen.endpoints import Endpoint, of_seeds
from tfgen.priors import labels as labelling
from tfgen.priors.checks import check_count, check_network, check_tokens
from tfgen.priors.choices import check_settings
from tfgen.training import GenerativeModel

if TYPE_CHECKING:  # slow to import, and adversarial networks come without it
    from tensorflow_probability import distributions as tfd


class TokenPrior(GenerativeModel):
    """A model of rows of tokens, int32 `[batch, length]`, by a transformer.

    A `Prior` that trains after its autoencoder. A subclass says whether its transformer is
    `causal`, and defines `objective` and `_draw`.

    Attributes:
        vocabulary, length: of the tokens and their rows.
        num_classes: number of classes, or None.
        kind: of what it draws: tokens, at which nobody looks.
        has_likelihood: whether `log_prob` gives one.
    """

    causal: bool
    has_likelihood = False

    def __init__(
        self, network: keras.Model, label_dropout: float, logged: Sequence[str], **kwargs: Any
    ):
        check_network(type(self).__name__, network, self.causal, label_dropout)
        super().__init__({name: keras.metrics.Mean(name=name) for name in logged}, **kwargs)
        self.network, self.label_dropout = network, label_dropout
        self.vocabulary, self.length = network.vocabulary, network.length
        self.num_classes = network.num_classes
        self.steps_trained = self.add_step_count()
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        own = {"network": self.network, "label_dropout": self.label_dropout}
        return {**super().get_config(), **own}

    @property
    def kind(self) -> kinds.Kind:
        """What it draws: tokens, at which nobody looks."""
        return kinds.Numbers()

    @property
    def takes(self) -> Any:
        """What data must be: rows of tokens of the network's length and vocabulary."""
        return Examples(
            (self.length,),
            self.num_classes,
            dtype="int32",
            check=functools.partial(check_tokens, vocabulary=self.vocabulary),
            takes="the network takes",
            fix="Flatten grids of indices, by tfgen.vq.tokens(vqvae, data).",
            name="indices",
        )

    def check_trained(self, who: str) -> None:
        """Raise `ValueError` where the prior was never trained; `who` asks."""
        if int(tf.convert_to_tensor(self.steps_trained)) == 0:
            raise ValueError(
                f"{who} received a {type(self).__name__} that was never trained: it would write "
                "tokens at random. Train it by fit, or load one that is trained."
            )

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Return the logits [batch, length, vocabulary] for indices, or for [indices, labels]."""
        tokens, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        return self._logits(tokens, labels, training)

    def _logits(self, tokens, labels, training=False):
        inputs = labelling.network_inputs(self.network, tokens, labels)
        return tf.cast(self.network(inputs, training=training), tf.float32)

    def _begin_step(self, labels, seeds):
        """Count a training step; return its labels, of which a random share is left out."""
        self.steps_trained.assign_add(1)
        return labelling.dropped(self.network, labels, self.label_dropout, seeds)

    def check_fits(self, autoencoder: keras.Model) -> None:
        """Raise `ValueError` where the tokens are not those that the autoencoder writes."""
        checks = [
            ("vocabulary", self.vocabulary, "codebook_size", autoencoder.codebook_size),
            ("length", self.length, "token_count", autoencoder.token_count),
        ]
        for what, received, source, expected in checks:
            if received != expected:
                raise ValueError(
                    f"TokenGenerator received a prior of {what}={received}: the VQVAE's {source} "
                    f"is {expected}. Train a prior with {what}={expected} on the tokens of this "
                    "VQVAE."
                )

    def log_prob(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return log p, float32 [batch] in nats, of rows of tokens int [batch, length]."""
        raise NotImplementedError(f"{type(self).__name__} has no likelihood. Use CausalTokenPrior.")

    def kl(
        self,
        posterior: "tfd.Distribution",
        z: ArrayLike,
        labels: ArrayLike | None = None,
    ) -> tf.Tensor:
        """Return -log p(z), [batch, 1]: the KL from the one row that an autoencoder writes."""
        return -self.log_prob(z, labels)[:, None]

    def suited_callbacks(
        self,
        examples: tf.Tensor,
        directory: str | os.PathLike,
        every: int = 1,
        tensorboard: str | os.PathLike | None = None,
    ) -> list[keras.callbacks.Callback]:
        """Return none: tokens are nothing to look at."""
        return []

    # ------------------------------------------------------------------ sampling

    def sample(
        self, count: int, seed: int = 0, labels: ArrayLike | None = None, **settings: Any
    ) -> tf.Tensor:
        """Return `count` rows of tokens, int32 [count, length].

        Row i depends on `seed`, i and its label only: more begin with the same ones.

        Args:
            count: how many, at least 1.
            seed: int.
            labels: int [count], for a class-conditional prior.
            **settings: of `draw`.
        """
        check_count(count)
        return self.draw(sampling.seeds(seed, count), labels, **settings)

    def _checked_draw(self, seeds, labels, **settings):
        """Check what `draw` received, and draw."""
        self.check_settings(**settings)
        seeds = tf.convert_to_tensor(seeds)
        check_labels(type(self).__name__, labels, self.num_classes, seeds.shape[0])
        if labels is not None:
            labels = tf.cast(tf.convert_to_tensor(labels), tf.int32)
        # In a graph, a function of its own would hide the noise that export looks for.
        draw = self._compiled_draw if tf.executing_eagerly() else self._draw
        return draw(seeds, labels, **settings)

    @tf.function(reduce_retracing=True)
    def _compiled_draw(self, seeds, labels, **settings):
        return self._draw(seeds, labels, **settings)

    def _draw(self, seeds, labels, **settings):
        """Return the rows, int32 [batch, length], for int32 labels or None."""
        raise NotImplementedError(f"{type(self).__name__} does not define _draw.")

    def check_settings(
        self,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
        guidance: float = 0.0,
    ) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow."""
        check_settings(self, temperature, top_k, top_p, guidance)

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers to the outside: generate, which writes rows of indices."""

        def generate(seed, label=None):
            """Write a row of codebook indices from each seed."""
            return {"indices": self.draw(seed, label)}

        seed = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        return {"generate": of_seeds(generate, seed, _seeds, self.num_classes)}


def _seeds(seeds, label=None):
    return {"seed": seeds}
