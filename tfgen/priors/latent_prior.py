"""What the priors over continuous latents have in common."""

import functools
import inspect
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import kinds, sampling
from tfgen.checks.examples import Examples
from tfgen.checks.labels import check_labels
from tfgen.checks.numbers import check_integer
from tfgen.checks.ranges import check_reach
from tfgen.endpoints import Endpoint, of_seeds
from tfgen.kinds import Kind
from tfgen.priors.checks import check_count
from tfgen.training import GenerativeModel
from tfgen.training.data import as_one
from tfgen.training.first import first_examples

if TYPE_CHECKING:  # slow to import
    from tensorflow_probability import distributions as tfd

_LEAST_SCALE = 1e-3  # of a latent that never varies


class LatentPrior(GenerativeModel):
    """A model of vectors, or of examples of any shape, that can be the prior of an autoencoder.

    Trained by its own `fit` on examples, it is a model like any other. In a `LatentGenerator` it
    learns the latents of an autoencoder, and in a `VAE(..., prior=)`, if it has a likelihood, it
    trains with that. A subclass defines `objective`, `_draw` and, where there is one, `_log_prob`,
    all of them over standardised examples: see `standardised`.

    Args:
        shape: of one example, such as `(latent_dim,)`.
        num_classes: number of classes, or None.
        kind: what examples are, one of `tfgen.kinds`; by default by their shape.
        standardise: whether `fit` looks at some examples first, by whose mean and deviation all are
            brought to mean 0 and variance 1.
        logged: names of what is logged.
        **kwargs: `name` and `dtype`.

    Attributes:
        has_likelihood: whether `log_prob` gives what samples have.
        settings: keyword arguments of `draw` that `generate`, and so every exported file, follows.
        looks_at: how many examples `prepare` is shown at most.
    """

    has_likelihood = False
    looks_at = 10_000

    def __init__(
        self,
        shape: Sequence[int],
        num_classes: int | None = None,
        kind: Kind | None = None,
        *,
        standardise: bool = True,
        logged: Sequence[str] = ("loss",),
        **kwargs: Any,
    ):
        owner = type(self).__name__
        for size in shape:
            check_integer(owner, "latent_dim" if len(shape) == 1 else "shape", size,
                          "Use the sizes of one example, such as 16 latents.")  # fmt: skip
        if num_classes is not None:
            check_integer(owner, "num_classes", num_classes, "Use None without classes.", least=2)
        super().__init__({name: keras.metrics.Mean(name=name) for name in logged}, **kwargs)
        self.example_shape, self.num_classes = tuple(shape), num_classes
        self.kind = kind or kinds.of(self.example_shape, (-1.0, 1.0))
        self.settings: Mapping[str, Any] = {}
        self.steps_trained = self.add_step_count()
        self.centre = self.spread = None
        if standardise:
            placed = {"trainable": False, "aggregation": "only_first_replica"}
            self.centre = self.add_weight(self.example_shape, "zeros", name="centre", **placed)
            self.spread = self.add_weight(self.example_shape, "ones", name="spread", **placed)

    @property
    def no_class(self) -> int | None:
        """The label that stands for none; None without classes."""
        return self.num_classes

    @property
    def value_range(self) -> tuple[float, float] | None:
        """Black and white of examples that are images, (low, high); None for other kinds."""
        return self.kind.value_range

    @property
    def takes(self) -> Any:
        """What data must be: examples of the shape, with labels for a conditional model."""
        return Examples(
            self.example_shape,
            self.num_classes,
            check=functools.partial(
                check_reach,
                value_range=self.kind.value_range,
                owner=type(self).__name__,
                reaches="its images reach",
            ),
            takes="the model takes",
            fix="Build the prior for these, or take the latents of another autoencoder.",
            name="latents" if len(self.example_shape) == 1 else self.kind.plural,
        )

    # ------------------------------------------------------------------ before training

    def prepare(self, examples: ArrayLike, labels: ArrayLike | None = None) -> None:
        """Look at some examples [count, ...] before training: standardise by them.

        `fit` does it by itself, the first time.

        Raises:
            ValueError: for examples of another shape or with NaN.
        """
        examples = np.asarray(examples, np.float32)
        self.takes.check_batch(f"{type(self).__name__}.prepare", examples, labels)
        if self.centre is not None and self.spread is not None:
            self.centre.assign(examples.mean(axis=0))
            self.spread.assign(np.maximum(examples.std(axis=0), _LEAST_SCALE))

    def check_prepared(self, who: str) -> None:
        """Raise `ValueError` where training can't begin without `prepare`: by default it can."""

    def fit(self, *args: Any, **kwargs: Any) -> keras.callbacks.History:
        """Train; arguments, result and errors as for `GenerativeModel.fit`."""
        if not self._trained():
            found = first_examples(self, args, kwargs, self.looks_at)
            if found is None:
                self.check_prepared(f"{type(self).__name__}.fit")
            else:
                with self.distribute_strategy.scope():
                    self.prepare(*found)
        return super().fit(*args, **kwargs)

    def standardised(self, examples: tf.Tensor) -> tf.Tensor:
        """Return examples of mean 0 and variance 1, [..., *shape], as training has found them."""
        if self.centre is None or self.spread is None:
            return tf.cast(examples, tf.float32)
        centre, spread = map(tf.convert_to_tensor, (self.centre.value, self.spread.value))
        return (tf.cast(examples, tf.float32) - centre) / spread

    def as_they_were(self, standardised: tf.Tensor) -> tf.Tensor:
        """Return the inverse of `standardised`."""
        if self.centre is None or self.spread is None:
            return standardised
        centre, spread = map(tf.convert_to_tensor, (self.centre.value, self.spread.value))
        return centre + spread * standardised

    def _trained(self):
        return int(tf.convert_to_tensor(self.steps_trained)) > 0

    def check_trained(self, who: str) -> None:
        """Raise `ValueError` where the prior was never trained; `who` asks."""
        if not self._trained():
            raise ValueError(
                f"{who} received a {type(self).__name__} that was never trained: it would draw "
                "latents at random. Train it by fit, or load one that is trained."
            )

    def check_fits(self, autoencoder: keras.Model) -> None:
        """Raise `ValueError` where the latents are not those of the autoencoder."""
        expected = getattr(autoencoder, "latent_dim", None)
        if self.example_shape != (expected,):
            has = "no continuous latents" if expected is None else f"latent_dim={expected}"
            raise ValueError(
                f"LatentGenerator received a {type(self).__name__} of latents of shape "
                f"{self.example_shape}: the {type(autoencoder).__name__} has {has}. Build a prior "
                "for its latents."
            )

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Return an example for seeds int32 [batch, 2], or for [seeds, labels]."""
        seeds, labels = inputs if isinstance(inputs, (list, tuple)) else (inputs, None)
        return self.generate(seeds, labels)

    def call_signature(self) -> Any:
        """Return what `call` takes, for `keras.Model.export`."""
        return as_one(self.endpoints()["generate"].inputs.values())

    # ------------------------------------------------------------------ as a prior

    def log_prob(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return log p(z | label), float32 [...] in nats, of examples [..., *shape].

        Args:
            z: the examples; more axes before that of the batch are those of repeated draws.
            labels: int [batch], for a class-conditional model.
        """
        rows = tf.cast(tf.convert_to_tensor(z), tf.float32)
        lead = tf.shape(rows)[: rows.shape.rank - len(self.example_shape)]
        flat = tf.reshape(rows, [-1, *self.example_shape])
        if self.num_classes is not None:
            check_labels(type(self).__name__, labels, self.num_classes)
            labels = tf.reshape(tf.broadcast_to(tf.cast(labels, tf.int32), lead), [-1])
        found = self._log_prob(self.standardised(flat), self._own(labels))
        if self.spread is not None:
            found -= tf.reduce_sum(tf.math.log(tf.convert_to_tensor(self.spread.value)))
        return tf.reshape(found, lead)

    def kl(
        self, posterior: "tfd.Distribution", z: tf.Tensor, labels: ArrayLike | None = None
    ) -> tf.Tensor:
        """Return an estimate of KL(posterior || prior) at z, [batch, 1], in nats."""
        return (posterior.log_prob(z) - self.log_prob(z, labels))[:, None]

    def draw(self, seeds: tf.Tensor, labels: ArrayLike | None = None, **settings: Any) -> tf.Tensor:
        """Return an example for each seed, float32 [batch, *shape].

        Args:
            seeds: int32 [batch, 2], of `tfgen.sampling`.
            labels: int [batch], for a class-conditional model; not looked at without classes.
            **settings: how to draw: see `check_settings` of the class.

        Raises:
            ValueError: for settings out of range, and missing labels.
        """
        self.check_settings(**settings)
        known = inspect.signature(self.check_settings).parameters.values()
        usual = {each.name: each.default for each in known if each.kind is each.KEYWORD_ONLY}
        settings = {**usual, **settings}
        seeds = tf.convert_to_tensor(seeds)
        if self.num_classes is not None:
            check_labels(type(self).__name__, labels, self.num_classes, seeds.shape[0])
        # In a graph, a function of its own would hide the noise that export looks for.
        draw = self._compiled_draw if tf.executing_eagerly() else self._in_place
        return draw(seeds, self._own(labels), **settings)

    @tf.function(reduce_retracing=True)
    def _compiled_draw(self, seeds, labels, **settings):
        return self._in_place(seeds, labels, **settings)

    def _in_place(self, seeds, labels, **settings):
        return self.as_they_were(self._draw(seeds, labels, **settings))

    def _own(self, labels):
        """Labels as this model takes them: int32 [batch], or None."""
        if self.num_classes is None or labels is None:
            return None
        return tf.cast(tf.convert_to_tensor(labels), tf.int32)

    def check_settings(self, **settings: Any) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow: here, for any."""
        if settings:
            raise ValueError(
                f"{type(self).__name__} received the settings {', '.join(sorted(settings))}: it "
                "draws without them. Leave them out."
            )

    def _draw(self, seeds, labels, **settings):
        """Return standardised examples, float32 [batch, *shape], for int32 labels or None."""
        raise NotImplementedError(f"{type(self).__name__} does not define _draw.")

    def _log_prob(self, z, labels):
        """Return log p, float32 [batch], of standardised examples [batch, *shape]."""
        raise NotImplementedError(
            f"{type(self).__name__} has no likelihood. Use one that has, such as "
            "tfgen.priors.CouplingFlow."
        )

    # ------------------------------------------------------------------ use

    def generate(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return an example for each seed, int32 [batch, 2] of `tfgen.sampling`: [batch, ...]."""
        return self.draw(seeds, labels, **self.settings)

    def sample(
        self, count: int, seed: int = 0, labels: ArrayLike | None = None, **settings: Any
    ) -> tf.Tensor:
        """Return `count` examples, float32 [count, *shape].

        Example i depends on `seed`, i and its label only: more begin with the same ones.

        Args:
            count: how many, at least 1.
            seed: int.
            labels: int [count], for a class-conditional model.
            **settings: of `draw`, beside those of the model.

        Raises:
            ValueError: for a count below 1, settings out of range, and missing labels.
        """
        check_count(count)
        check_labels(f"{type(self).__name__}.sample", labels, self.num_classes, count)
        return self.draw(sampling.seeds(seed, count), labels, **{**self.settings, **settings})

    def endpoints(self) -> dict[str, Endpoint]:
        """Return what the model offers to the outside: generate."""
        kind = self.kind

        def generate(seed, label=None):
            """Draw an example from each seed."""
            return {kind.plural: self.generate(seed, label)}

        seed = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        shown = {kind.plural: kind}
        return {"generate": of_seeds(generate, seed, _seeds, self.num_classes, shown)}


def _seeds(seeds, label=None):
    return {"seed": seeds}
