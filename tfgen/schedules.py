"""Weights that change with the optimizer's step: `schedule(step)` is a float32 scalar, in-graph.

They advance with `model.step`, which is saved with the model and outlives `compile`, so that a
resumed run goes on where it stopped. Any callable of the step will do in their place, among them
Keras's learning-rate schedules, such as `keras.optimizers.schedules.CosineDecay`.
"""

from typing import Any

import tensorflow as tf

from tfgen.checks.numbers import check_integer, check_number
from tfgen.serialization import serializable

_CONSTANT = "Use a plain number for a constant weight."


def value(weight: Any, step: tf.Tensor) -> tf.Tensor:
    """Return a weight at a step, a float32 scalar.

    Args:
        weight: a number, or a callable of the step.
        step: integer scalar, tensor or int.

    Example:
        >>> float(value(4.0, step=7)), float(value(Warmup(10), step=5))
        (4.0, 0.5)
    """
    return tf.cast(weight(step) if callable(weight) else weight, tf.float32)


@serializable
class Warmup:
    """Goes from `start` to `end` in a straight line and stays there.

    As the weight of the KL term it lets the decoder learn to use the latent before the prior
    pulls; as the `target` of `Capacity` it opens the channel bit by bit.

    Args:
        steps: steps until `end` is reached, at least 1.
        start: value at step 0.
        end: value from step `steps` on.

    Reference: Bowman et al. 2016, arXiv 1511.06349, section 3.1; Sønderby et al. 2016, "Ladder
    variational autoencoders", arXiv 1602.02282, for the straight line.

    Example:
        >>> [float(Warmup(10)(step)) for step in (0, 5, 10, 99)]
        [0.0, 0.5, 1.0, 1.0]
    """

    steps: int
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self):
        """Reject a line of no length, and ends that are no numbers."""
        check_integer("Warmup", "steps", self.steps, _CONSTANT)
        _check_ends(self)

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return the value at `step`, a float32 scalar."""
        return _line(tf.cast(step, tf.float32) / self.steps, self.start, self.end)


@serializable
class Cyclic:
    """Repeats a warm-up: each period rises in a straight line, then holds `end`.

    Args:
        period: steps of one cycle, at least 1.
        ratio: part of the period that rises, in (0, 1].
        start: value at the first step of each period.
        end: value after the rise.

    Reference: Fu et al. 2019, "Cyclical annealing schedule", arXiv 1903.10145, equations 6 and 7.

    Example:
        >>> [float(Cyclic(8)(step)) for step in (0, 2, 4, 7, 8, 10)]
        [0.0, 0.5, 1.0, 1.0, 0.0, 0.5]
    """

    period: int
    ratio: float = 0.5
    start: float = 0.0
    end: float = 1.0

    def __post_init__(self):
        """Reject cycles that never rise, and ends that are no numbers."""
        check_integer("Cyclic", "period", self.period, "Use the steps of an epoch or more.")
        half = "Use 0.5 to rise during half of each period."
        check_number("Cyclic", "ratio", self.ratio, half, above=0, most=1)
        _check_ends(self)

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return the value at `step`, a float32 scalar."""
        # The remainder is taken of integers: as float32, steps beyond 2**24 would be rounded.
        phase = tf.cast(step, tf.int64) % self.period
        return _line(tf.cast(phase, tf.float32) / (self.ratio * self.period), self.start, self.end)


def _check_ends(schedule):
    for name in ("start", "end"):
        check_number(type(schedule).__name__, name, getattr(schedule, name), _CONSTANT)


def _line(position, start, end):
    return start + (end - start) * tf.clip_by_value(position, 0.0, 1.0)
