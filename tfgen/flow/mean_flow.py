"""Flows in one step."""

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from tfgen import sampling
from tfgen.checks.numbers import check_number
from tfgen.flow import checks
from tfgen.flow.flow_matching import _TIME, FlowMatching, as_wide, mean_square
from tfgen.kinds import Kind
from tfgen.priors import labels as labelling
from tfgen.priors.latent_prior import LatentPrior

_EQUAL = 3  # what a row's seeds are used for in a training step


@keras.saving.register_keras_serializable(package="tfgen")
class MeanFlow(FlowMatching):
    """A flow that learns its mean velocity over any span of time, and so jumps in one pass.

        u(x_t, t, s) = 1 / (s - t) * integral from t to s of v(x_r, r),   x_s = x_t + (s - t) u

    Differentiated by t, this says v = u - (s - t) du/dt along the flow, which is fitted to the
    straight lines of `FlowMatching`:

        loss = mean of (u - (s - t) stop_gradient(du/dt) - (x - noise))^2, weighted,
        du/dt = the derivative of u in the direction (dx, dt, ds) = (u(x_t, t, t), 1, 0)

    A sample is `x = noise + u(noise, 0, 1)`: one pass of one network, of builtin operations.

    Args:
        network: `[x, times]`, or `[x, times, labels]`, to u, with times float32 [batch, 2], t and
            s: `tfgen.networks.velocity_mlp(..., times=2)`, or `velocity_unet`.
        shape: as for `FlowMatching`, like all that follow but for two.
        num_classes: number of classes, or None.
        label_dropout: share of labels left out.
        times: how t and s are drawn, of which t is the smaller: "uniform", or "logit_normal",
            which rarely asks for the whole way from 0 to 1.
        equal: share of the examples with s = t, for which u is v, in [0, 1].
        power: how much large errors are weighed down, by `(error + 0.001) ** -power`, at least 0;
            the papers have 1 for images.
        settings: how `generate` draws: `steps` (1) and `guidance` (0); with guidance, and with
            several steps, there are more passes.
        kind: what examples are.
        **kwargs: `name` and `dtype`.

    Logs: `loss`, and `squared_error`, the same without weights.

    Raises:
        ValueError: as `FlowMatching` does.

    Example:
        >>> from tfgen import networks
        >>> model = MeanFlow(networks.velocity_mlp((2,), width=8, depth=1, times=2))
        >>> model.sample(3, seed=0).shape
        TensorShape([3, 2])

    Reference:
        Geng et al. 2025, "Improved mean flows", arXiv 2512.02012: a loss on v, and the derivative
        along the network's own v. There time runs from data to noise, here from noise to data.
        Geng et al. 2025, "Mean flows for one-step generative modeling", arXiv 2505.13447, for
        `equal` and `power`. Guidance is that of `FlowMatching`, at sampling, and no input.
    """

    has_likelihood = False
    times_of_network = 2
    defaults: Mapping[str, Any] = {"steps": 1, "guidance": 0.0}

    def __init__(
        self,
        network: keras.Model,
        *,
        shape: Sequence[int] | None = None,
        num_classes: int | None = None,
        label_dropout: float = 0.1,
        times: str = "uniform",
        equal: float = 0.5,
        power: float = 0.0,
        settings: Mapping[str, Any] | None = None,
        kind: Kind | None = None,
        **kwargs: Any,
    ):
        check_number("MeanFlow", "equal", equal, "Use 0.5.", least=0, most=1)
        check_number("MeanFlow", "power", power, "Use 0.", least=0)
        super().__init__(
            network, shape=shape, num_classes=num_classes, label_dropout=label_dropout,
            times=times, settings=settings, kind=kind, **kwargs,
        )  # fmt: skip
        self.equal, self.power = equal, power

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "equal": self.equal, "power": self.power}

    # ------------------------------------------------------------------ training

    def objective(
        self, examples: tf.Tensor, labels: tf.Tensor | None, training: bool
    ) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        """Return the loss [batch] and its term; see the class."""
        x, noise, seeds, labels = self._begin(examples, labels, training)
        t, s = self._spans(seeds)
        wide = as_wide(t, x)
        v = self.velocity_by_identity(
            (1.0 - wide) * noise + wide * x, t, s, labels, training=training
        )
        error = mean_square(v - (x - noise))
        weight = tf.stop_gradient((error + 1e-3) ** -self.power)
        return weight * error, {"squared_error": error}

    def _spans(self, seeds):
        """Return t <= s, float32 [batch, 1] each, a share of them equal."""
        both = self._times(sampling.stream(seeds, _TIME), 2)
        equal = sampling.uniform(sampling.stream(seeds, _EQUAL), (1,)) < self.equal
        t = tf.reduce_min(both, axis=-1, keepdims=True)
        s = tf.reduce_max(both, axis=-1, keepdims=True)
        return t, tf.where(equal, t, s)

    def velocity_by_identity(
        self,
        x: tf.Tensor,
        t: tf.Tensor,
        s: tf.Tensor,
        labels: tf.Tensor | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Return u - (s - t) du/dt, float32 [batch, *shape]: v, once u is learned.

        Args:
            x: standardised examples at the time t, [batch, *shape].
            t: [batch, 1].
            s: [batch, 1].
            labels: int32 [batch], or None.
            training: whether the network runs in training mode.
        """
        v = tf.stop_gradient(self._velocity(x, t, labels))
        with tf.autodiff.ForwardAccumulator([x, t], [v, tf.ones_like(t)]) as forward:
            moving = self._mean_velocity(x, t, s, labels)
        slope = tf.stop_gradient(forward.jvp(moving, unconnected_gradients="zero"))
        # Once more: a tape would not see through what an accumulator looks at.
        u = self._mean_velocity(x, t, s, labels, training)
        return u - as_wide(s - t, x) * slope

    def _velocity(self, x, t, labels, training=False):
        return self._mean_velocity(x, t, t, labels, training)

    def _mean_velocity(self, x, t, s, labels, training=False):
        return super()._velocity(x, tf.concat([t, s], axis=-1), labels, training)

    # ------------------------------------------------------------------ sampling

    def check_settings(self, *, steps: int = 1, guidance: float = 0.0, **others: Any) -> None:
        """Raise `ValueError` for settings of `draw` that it could not follow.

        Args:
            steps: jumps, at least 1.
            guidance: at least 0: how far to move u away from that without a class.
            **others: refused.
        """
        LatentPrior.check_settings(self, **others)  # there is no solver
        checks.check_drawing(self, steps, "euler", guidance)

    def _draw(self, seeds, labels, steps, guidance):
        x = sampling.normal(seeds, self.example_shape)
        labels = labelling.doubled(self, labels, guidance)
        for i in range(steps):
            twice = labelling.twice(x, guidance)
            t, s = (tf.fill([tf.shape(twice)[0], 1], n / steps) for n in (i, i + 1))
            u = labelling.guided(self._mean_velocity(twice, t, s, labels), guidance)
            x += u / steps
        return x
