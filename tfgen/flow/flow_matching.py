"""Flow matching."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling
from tfgen.checks.networks import check_network
from tfgen.checks.numbers import check_integer, check_number
from tfgen.flow import checks, divergence
from tfgen.flow.solvers import integrate
from tfgen.kinds import Kind
from tfgen.priors import labels as labelling
from tfgen.priors.latent_prior import LatentPrior
from tfgen.training.data import batches

_TIME, _LABEL = 1, 2  # what a row's seeds are used for in a training step
_EXACT = 64  # dimensions up to which the divergence is computed, and not estimated


@keras.saving.register_keras_serializable(package="tfgen")
class FlowMatching(LatentPrior):
    """A model that carries noise to data along a velocity, learned on straight lines.

        loss = mean over dimensions of (v(x_t, t, label) - (x - noise))^2,
        x_t = (1 - t) noise + t x

    Samples solve dx/dt = v(x, t) from noise at t = 0 to data at t = 1; backwards, the equation
    gives log p(x). It is a model of images or points as such, and a prior over latents.

    Args:
        network: `[x, t]`, or `[x, t, labels]`, to the velocity float32 [batch, *shape], with t
            float32 [batch, 1]: `tfgen.networks.velocity_mlp` or `velocity_unet`. Of classes it
            knows one more, that stands for none.
        shape: of one example; by default what a functional network gives.
        num_classes: number of classes, or None.
        label_dropout: share of the training examples whose label is left out, in [0, 1), so that
            the network learns to do without: what `guidance` needs.
        times: how t is drawn in training: "uniform", or "logit_normal", the sigmoid of a standard
            normal, which dwells on the middle.
        settings: how `generate` draws, keyword arguments of `draw`: `steps` (50), `solver`
            ("heun", or "euler", of half the passes), `guidance` (0).
        kind: what examples are, one of `tfgen.kinds`; by default images in [-1, 1] or points.
        **kwargs: `name` and `dtype`.

    Vectors are standardised, see `LatentPrior`; images are taken as they are, in [-1, 1].

    Logs: `loss`.

    Raises:
        ValueError: for a network that does not fit, and settings out of range.

    Example:
        >>> from tfgen import networks
        >>> model = FlowMatching(networks.velocity_mlp((2,), width=8, depth=1))
        >>> model.sample(3, seed=0, steps=4, solver="euler").shape
        TensorShape([3, 2])

    Reference:
        Lipman et al. 2022, "Flow matching for generative modeling", arXiv 2210.02747, equation 23
        with sigma_min = 0; Liu et al. 2022, arXiv 2209.03003; Esser et al. 2024, arXiv 2403.03206,
        for logit-normal times; Ho and Salimans 2022, arXiv 2207.12598, for guidance.
    """

    has_likelihood = True
    times_of_network = 1
    defaults: Mapping[str, Any] = {"steps": 50, "solver": "heun", "guidance": 0.0}

    def __init__(
        self,
        network: keras.Model,
        *,
        shape: Sequence[int] | None = None,
        num_classes: int | None = None,
        label_dropout: float = 0.1,
        times: str = "uniform",
        settings: Mapping[str, Any] | None = None,
        kind: Kind | None = None,
        **kwargs: Any,
    ):
        owner = type(self).__name__
        check_network(owner, "network", network)
        shape = checks.checked_shape(owner, network, shape, num_classes, self.times_of_network)
        check_number(owner, "label_dropout", label_dropout, "Use 0.1.", least=0, below=1)
        checks.check_choice(owner, "times", times, ("uniform", "logit_normal"))
        super().__init__(shape, num_classes, kind, standardise=len(shape) == 1, **kwargs)
        self.network, self.label_dropout, self.times = network, label_dropout, times
        self.settings = {**self.defaults, **(settings or {})}
        self.check_settings(**self.settings)
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("network", "num_classes", "label_dropout", "times", "kind")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **own, "shape": self.example_shape,
                "settings": dict(self.settings)}  # fmt: skip

    # ------------------------------------------------------------------ training

    def objective(
        self, examples: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch]; see the class."""
        x, noise, seeds, labels = self._begin(examples, labels, training)
        t = self._times(sampling.stream(seeds, _TIME), 1)
        v = self._velocity(_between(noise, x, t), t, labels, training)
        return mean_square(v - (x - noise)), {}

    def _begin(self, examples, labels, training):
        """Return standardised examples, noise, seeds and labels, of which some are left out."""
        x = self.standardised(examples)
        seeds = self.row_seeds(tf.shape(x)[0])
        noise = sampling.normal(seeds, self.example_shape)
        labels = self._own(labels)
        if training:
            self.steps_trained.assign_add(1)
            dropping = sampling.stream(seeds, _LABEL)
            labels = labelling.dropped(self, labels, self.label_dropout, dropping)
        return x, noise, seeds, labels

    def _times(self, seeds, count):
        """Return times in (0, 1), float32 [batch, count]."""
        if self.times == "uniform":
            return sampling.uniform(seeds, (count,))
        return tf.sigmoid(sampling.normal(seeds, (count,)))

    def _velocity(self, x, t, labels, training=False):
        """Return v, float32 [batch, *shape], for t [batch, 1]."""
        inputs = [x, t] if labels is None else [x, t, labels]
        return tf.cast(self.network(inputs, training=training), tf.float32)

    # ------------------------------------------------------------------ sampling

    def check_settings(
        self, *, steps: int = 50, solver: str = "heun", guidance: float = 0.0, **others: Any
    ) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow.

        Args:
            steps: of the solver, at least 1.
            solver: "heun", which calls the network twice a step, or "euler", once.
            guidance: at least 0: how far to move the velocity away from that without a class.
            **others: refused.
        """
        super().check_settings(**others)
        checks.check_drawing(self, steps, solver, guidance)

    def draw(self, seeds: tf.Tensor, labels: ArrayLike | None = None, **settings: Any) -> tf.Tensor:
        """Return an example for each seed, float32 [batch, *shape]; see `LatentPrior.draw`."""
        return super().draw(seeds, labels, **{**self.settings, **settings})

    def _draw(self, seeds, labels, steps, solver, guidance):
        noise = sampling.normal(seeds, self.example_shape)
        return integrate(self._field(labels, guidance), noise, 0.0, 1.0, steps, solver)

    def _field(self, labels, guidance=0.0):
        """Return the function `(x, t scalar) -> v` for these labels."""
        labels = labelling.doubled(self, labels, guidance)

        def velocity(x, t):
            x = labelling.twice(x, guidance)
            return labelling.guided(self._velocity(x, _rows(x, t), labels), guidance)

        return velocity

    def generate(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return an example for each seed; images are kept within their range."""
        found = self.draw(seeds, labels)
        if self.value_range is None:
            return found
        low, high = self.value_range
        return tf.minimum(tf.maximum(found, low), high)

    def sample(
        self, count: int, seed: int = 0, labels: ArrayLike | None = None, **settings: Any
    ) -> tf.Tensor:
        """Return `count` examples, float32 [count, *shape]; see `LatentPrior.sample`.

        Args:
            count: how many, at least 1.
            seed: int.
            labels: int [count], for a class-conditional model.
            **settings: `steps`, `solver` and `guidance`, in place of the model's.
        """
        found = super().sample(count, seed, labels, **settings)
        return found if self.value_range is None else tf.clip_by_value(found, *self.value_range)

    # ------------------------------------------------------------------ likelihood

    def _log_prob(self, z, labels):
        seeds = None
        if math.prod(self.example_shape) > _EXACT:
            seeds = sampling.seeds(0, tf.shape(z)[0])
        # Step by step, each would trace its derivatives anew.
        compute = self._compiled_log_prob if tf.executing_eagerly() else self._ode_log_prob
        return compute(z, labels, 50, seeds)

    @tf.function(reduce_retracing=True)
    def _compiled_log_prob(self, z, labels, steps, seeds):
        return self._ode_log_prob(z, labels, steps, seeds)

    def log_likelihood(
        self,
        data: ArrayLike | tuple | tf.data.Dataset,
        steps: int = 100,
        probes: int = 0,
        seed: int = 0,
        batch_size: int = 128,
    ) -> np.ndarray:
        """Return log p(x | label) for each example, float32 [count], in nats.

            log p(x) = log N(x_0; 0, I) - integral over t of div v(x_t, t),   x_1 = x

        Args:
            data: examples, (examples, labels), or a finite `tf.data.Dataset` of batches of these.
            steps: of Heun's method, from data back to noise.
            probes: 0 computes the divergence, one backward pass for each dimension; otherwise the
                mean of so many unbiased estimates of it (Hutchinson).
            seed: int, of the probes.
            batch_size: for arrays: examples at a time.

        Reference: Chen et al. 2018, arXiv 1806.07366, equation 8; Grathwohl et al. 2018, arXiv
            1810.01367.
        """
        owner = f"{type(self).__name__}.log_likelihood"
        check_integer(owner, "steps", steps, "Use 100.")
        check_integer(owner, "probes", probes, "Use 0 for the exact divergence.", least=0)
        parts, start = [], 0
        for examples, labels in batches(owner, self.takes, data, batch_size)[0]:
            z, own = self.standardised(examples), self._own(labels)
            seeds = [sampling.seeds(sampling.fold(seed, i), len(z), start) for i in range(probes)]
            found = [self._compiled_log_prob(z, own, steps, each) for each in seeds or [None]]
            parts.append(tf.add_n(found) / len(found))
            start += len(z)
        jump = 0.0 if self.spread is None else np.log(np.asarray(self.spread)).sum()
        return np.concatenate(parts) - np.float32(jump)

    def _ode_log_prob(self, z, labels, steps, seeds):
        """Return log p of standardised examples; exact without seeds of probes."""
        field = self._field(labels)
        probes = None if seeds is None else divergence.signs(seeds, self.example_shape)

        def slope(state, t):
            def velocity(x):
                return field(x, t)

            if probes is None:
                return divergence.exact(velocity, state[0])
            return divergence.hutchinson(velocity, state[0], probes)

        start = (z, tf.zeros_like(tf.reshape(z, [tf.shape(z)[0], -1])[:, 0]))
        noise, change = integrate(slope, start, 1.0, 0.0, steps, "heun")
        size = math.prod(self.example_shape)
        squares = tf.reduce_sum(tf.reshape(noise, [-1, size]) ** 2, axis=-1)
        # Backwards in time, the integral comes with the other sign.
        return -0.5 * (squares + size * math.log(2.0 * math.pi)) + change


def mean_square(x: tf.Tensor) -> tf.Tensor:
    """Return the mean of squares over all axes but the first, [batch]."""
    return tf.reduce_mean(tf.square(x), axis=list(range(1, x.shape.rank)))


def as_wide(t: tf.Tensor, x: tf.Tensor) -> tf.Tensor:
    """Return t, [batch, 1], with as many axes as x."""
    return tf.reshape(t, [-1] + [1] * (x.shape.rank - 1))


def _between(noise, x, t):
    t = as_wide(t, x)
    return (1.0 - t) * noise + t * x


def _rows(x, t):
    return tf.fill([tf.shape(x)[0], 1], t)
