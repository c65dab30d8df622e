"""Penalties on the gradient of the discriminator, one value per example.

A penalty is called as `penalty(discriminator, real, fake, seeds, step) -> [batch]`:

- `discriminator`: examples `[batch, ...]` → logits float32 `[batch]`, each of its own example;
- `real`, `fake`: float32 `[batch, ...]`; `seeds`: int32 `[batch, 2]`, noise of each row;
- `step`: the number of discriminator updates before this one, for schedules and intervals.

The gradient is taken with respect to the examples, so that what `discriminator` does first, such as
an augmentation, is part of what is judged. Its norm is measured in float32 under every precision
policy. A discriminator with batch normalisation has no gradient of one example: leave the
normalisation out.
"""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from tfgen import sampling, schedules
from tfgen.checks.functions import check_function
from tfgen.checks.numbers import check_integer, check_weight
from tfgen.checks.terms import check_per_example
from tfgen.serialization import serializable

_TINY = 1e-12  # under the root: the gradient of a norm is not finite at zero


@serializable
class GradientPenalty:
    """Charges for the gradient of the discriminator: `weight * charge(|| dD(x)/dx ||^2)`.

    The usual ones are `r1`, `r2` and `interpolation_penalty`; another place or charge is a function
    passed in here.

    Args:
        name: what the logs call it.
        points: `(real, fake, seeds) -> x`: where the gradient is taken.
        charge: squared norm `[batch]` → `[batch]`.
        weight: a number >= 0, or a schedule of `tfgen.schedules`.

    Raises:
        ValueError: for a negative weight, and for what is no function.
    """

    name: str
    points: Callable
    charge: Callable
    weight: float | Callable

    def __post_init__(self):
        """Reject a weight that would reward steep discriminators."""
        owner = f"The penalty {self.name}"
        check_function(owner, "points", self.points, "(real, fake, seeds) -> x", "tfgen.losses")
        check_function(owner, "charge", self.charge, "squared norm -> [batch]", "tfgen.losses")
        check_weight(owner, "weight", self.weight, "Leave the penalty out to switch it off.")

    def __call__(
        self,
        discriminator: Callable,
        real: tf.Tensor,
        fake: tf.Tensor,
        seeds: tf.Tensor,
        step: tf.Tensor,
    ) -> tf.Tensor:
        """Return the weighted penalty, float32 `[batch]`; arguments as the module says."""
        x = self.points(tf.cast(real, tf.float32), tf.cast(fake, tf.float32), seeds)
        size = self.charge(squared_gradient_norm(discriminator, x))
        check_per_example(f"The penalty {self.name}", "the result of its charge", size)
        return schedules.value(self.weight, step) * size


@serializable
class Lazy:
    """Applies a penalty at every `interval`-th step only, `interval` times as strong.

    It saves nearly all of a penalty's time and does nearly as much. With more than one replica the
    discriminator must not talk to the others inside the penalty: no synchronised normalisation.

    Args:
        penalty: the penalty.
        interval: steps from one application to the next, at least 1; 16 is usual.

    Raises:
        ValueError: for an interval below 1.

    Reference: Karras et al. 2020 (StyleGAN2), arXiv 1912.04958, section 3.1 and appendix B. The
    paper also rescales Adam's settings; do so in the optimizer if you want it.
    """

    penalty: Callable
    interval: int = 16

    def __post_init__(self):
        """Reject an interval without length."""
        every = "Set interval=1 to apply the penalty at every step."
        check_integer("lazy", "interval", self.interval, every)
        check_penalty("lazy", self.penalty)

    @property
    def name(self) -> str:
        """What the logs call it: the name of the penalty itself."""
        return name_of(self.penalty)

    def __call__(
        self,
        discriminator: Callable,
        real: tf.Tensor,
        fake: tf.Tensor,
        seeds: tf.Tensor,
        step: tf.Tensor,
    ) -> tf.Tensor:
        """Return the penalty times `interval` where `step` is a multiple of it; else zeros."""
        return tf.cond(
            tf.equal(tf.cast(step, tf.int64) % self.interval, 0),
            lambda: self.interval * self.penalty(discriminator, real, fake, seeds, step),
            lambda: tf.zeros([tf.shape(real)[0]]),
        )


def squared_gradient_norm(function: Callable, x: tf.Tensor) -> tf.Tensor:
    """Return `|| d function(x_i) / d x_i ||^2`, float32 `[batch]`; itself differentiable.

    Args:
        function: `[batch, ...]` → `[batch]`, each value of its own row only.
        x: `[batch, ...]`.

    Example:
        >>> x = tf.constant([[1.0, 2.0], [0.0, 0.0]])
        >>> squared_gradient_norm(lambda x: tf.reduce_sum(x**2, axis=1), x).numpy().tolist()
        [20.0, 0.0]
    """
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(x)
        values = function(x)
    gradient = tape.gradient(values, x, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    axes = list(range(1, x.shape.rank))
    return tf.reduce_sum(tf.square(tf.cast(gradient, tf.float32)), axis=axes)


def r1(gamma: float | Callable) -> GradientPenalty:
    """Return the penalty `gamma / 2 * || dD(x)/dx ||^2` at real examples.

    It keeps the discriminator flat where the generator should end, without which training circles
    around the solution.

    Args:
        gamma: a number >= 0, or a schedule; from 0.1 for small images to 10 and more for large.

    Reference: Mescheder et al. 2018, arXiv 1801.04406, equation 9.

    Example:
        >>> penalty = r1(3.0)
        >>> real, seeds = tf.ones([2, 5]), sampling.seeds(0, 2)
        >>> penalty(lambda x: 2.0 * x[:, 0], real, 0 * real, seeds, step=0).numpy().tolist()
        [6.0, 6.0]
    """
    return GradientPenalty("r1", at_real, half, gamma)


def r2(gamma: float | Callable) -> GradientPenalty:
    """Return the penalty `gamma / 2 * || dD(x)/dx ||^2` at fake examples; see `r1`.

    Reference: Mescheder et al. 2018, arXiv 1801.04406, equation 10; used beside r1 by Huang et al.
    2025 (R3GAN), arXiv 2501.05441.
    """
    return GradientPenalty("r2", at_fake, half, gamma)


def interpolation_penalty(weight: float | Callable = 10.0) -> GradientPenalty:
    """Return the penalty `weight * (|| dD(x)/dx || - 1)^2` between real and fake examples.

    `x = alpha * real + (1 - alpha) * fake`, alpha uniform in (0, 1), one for each example. With
    `wasserstein` this is WGAN-GP.

    Reference: Gulrajani et al. 2017, arXiv 1704.00028, equation 3. The norm is
    `sqrt(sum + 1e-12)`, so that its gradient is finite at zero.
    """
    return GradientPenalty("interpolation", between, distance_from_one, weight)


def lazy(penalty: Callable, interval: int = 16) -> Lazy:
    """Return the penalty applied at every `interval`-th step, `interval` times as strong.

    See `Lazy`.

    Example:
        >>> penalty, real = lazy(r1(3.0), interval=4), tf.ones([1, 5])
        >>> [float(penalty(lambda x: 2.0 * x[:, 0], real, real, None, s)[0]) for s in range(5)]
        [24.0, 0.0, 0.0, 0.0, 24.0]
    """
    return Lazy(penalty, interval)


def check_penalty(owner: str, penalty: Any) -> None:
    """Raise `ValueError` for what can't be called as a penalty."""
    check_function(
        owner,
        "a penalty",
        penalty,
        "(discriminator, real, fake, seeds, step) -> [batch], such as tfgen.losses.r1(0.5)",
        "tfgen.losses",
    )


def name_of(penalty: Callable) -> str:
    """Return what the logs call a penalty: its `name`, or that of the function."""
    return getattr(penalty, "name", None) or penalty.__name__


def _saved(function):
    return keras.saving.register_keras_serializable(package="tfgen")(function)


@_saved
def at_real(real: tf.Tensor, fake: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return `real`."""
    return real


@_saved
def at_fake(real: tf.Tensor, fake: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return `fake`."""
    return fake


@_saved
def between(real: tf.Tensor, fake: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return a point on the way from each fake example to the real one of its row."""
    alpha = sampling.uniform(seeds, (1,) * (real.shape.rank - 1))
    return alpha * real + (1.0 - alpha) * fake


@_saved
def half(squared_norm: tf.Tensor) -> tf.Tensor:
    """Return `squared_norm / 2`."""
    return 0.5 * squared_norm


@_saved
def distance_from_one(squared_norm: tf.Tensor) -> tf.Tensor:
    """Return `(norm - 1)^2`."""
    return tf.square(tf.sqrt(squared_norm + _TINY) - 1.0)
