"""Adversarial losses: what discriminator and generator each minimise, one value per example.

With `D` the logits, `x` real and `G` fake examples, and `f(t) = softplus(t) = log(1 + exp(t))`:

| loss             | discriminator                         | generator        |
|------------------|---------------------------------------|------------------|
| `non_saturating` | `f(-D(x)) + f(D(G))`                  | `f(-D(G))`       |
| `least_squares`  | `(D(x) - 1)^2 / 2 + D(G)^2 / 2`       | `(D(G) - 1)^2 / 2` |
| `hinge`          | `max(0, 1 - D(x)) + max(0, 1 + D(G))` | `-D(G)`          |
| `wasserstein`    | `D(G) - D(x)`                         | `-D(G)`          |
| `relativistic`   | `f(D(G) - D(x))`                      | `f(D(x) - D(G))` |

Each is an `AdversarialLoss`, a pair of functions; one of your own is two functions, registered
with Keras so that models can be saved.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

from tfgen.checks.functions import check_function
from tfgen.checks.terms import check_per_example
from tfgen.serialization import serializable


@serializable
class AdversarialLoss:
    """A pair of functions of `(real_logits, fake_logits)`, each float32 `[batch]` → `[batch]`.

    Args:
        discriminator: what the discriminator minimises.
        generator: what the generator minimises.
        paired: whether the generator's side looks at the real logits. If not, they are not
            computed for its step, and it receives None in their place.

    Example:
        >>> @keras.saving.register_keras_serializable(package="mine")
        ... def gap(real_logits, fake_logits):
        ...     return fake_logits - real_logits
        >>> @keras.saving.register_keras_serializable(package="mine")
        ... def minus_fake(real_logits, fake_logits):
        ...     return -fake_logits
        >>> loss = AdversarialLoss(gap, minus_fake)
        >>> loss.discriminator(tf.constant([2.0]), tf.constant([0.5])).numpy().tolist()
        [-1.5]
    """

    discriminator: Callable
    generator: Callable
    paired: bool = False

    def __post_init__(self):
        """Reject what is no function, and functions that reduce over the batch."""
        for name in ("discriminator", "generator"):
            function = getattr(self, name)
            taken = "(real_logits, fake_logits) -> [batch]"
            check_function("AdversarialLoss", name, function, taken, "tfgen.losses")
            # In a graph, since eager operations settle which devices a worker has, on import even.
            with tf.Graph().as_default():
                real = None if name == "generator" and not self.paired else tf.zeros([2])
                given = function(real, tf.ones([2]))
                check_per_example("AdversarialLoss", f"what {name} gives", given)


def _saved(function):
    return keras.saving.register_keras_serializable(package="tfgen")(function)


@_saved
def non_saturating_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `softplus(-real) + softplus(fake)`: the cross-entropy of real against fake, nats.

    At the best discriminator, `D = log p(x)/q(x)`, its mean is `2 log 2 - 2 JS(p, q)`.
    """
    return tf.math.softplus(-real_logits) + tf.math.softplus(fake_logits)


@_saved
def non_saturating_generator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `softplus(-fake)`, whose gradient does not vanish where fakes are told apart."""
    return tf.math.softplus(-fake_logits)


@_saved
def least_squares_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `((real - 1)^2 + fake^2) / 2`: logits are drawn to 1 and 0."""
    return 0.5 * (tf.square(real_logits - 1.0) + tf.square(fake_logits))


@_saved
def least_squares_generator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `(fake - 1)^2 / 2`."""
    return 0.5 * tf.square(fake_logits - 1.0)


@_saved
def hinge_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `max(0, 1 - real) + max(0, 1 + fake)`: nothing more is asked beyond a margin of 1.

    At the best discriminator its mean is `2 - 2 TV(p, q)`, TV the total variation in [0, 1].
    """
    return tf.nn.relu(1.0 - real_logits) + tf.nn.relu(1.0 + fake_logits)


@_saved
def critic_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `fake - real`: minus an estimate of the Wasserstein distance if D is 1-Lipschitz."""
    return fake_logits - real_logits


@_saved
def critic_generator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `-fake`."""
    return -fake_logits


@_saved
def relativistic_discriminator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `softplus(fake - real)`: each real example must beat the fake one beside it."""
    return tf.math.softplus(fake_logits - real_logits)


@_saved
def relativistic_generator(real_logits: tf.Tensor, fake_logits: tf.Tensor) -> tf.Tensor:
    """Return `softplus(real - fake)`: each fake example must beat the real one beside it."""
    return tf.math.softplus(real_logits - fake_logits)


non_saturating = AdversarialLoss(non_saturating_discriminator, non_saturating_generator)
"""Goodfellow et al. 2014, arXiv 1406.2661, equation 1 and the non-saturating form of section 3."""

least_squares = AdversarialLoss(least_squares_discriminator, least_squares_generator)
"""Mao et al. 2017, arXiv 1611.04076, equation 9 (a = 0, b = c = 1)."""

hinge = AdversarialLoss(hinge_discriminator, critic_generator)
"""Lim and Ye 2017, arXiv 1705.02894; Miyato et al. 2018, arXiv 1802.05957, equations 16 and 17."""

wasserstein = AdversarialLoss(critic_discriminator, critic_generator)
"""Arjovsky et al. 2017, arXiv 1701.07875, equation 2. Keep D near 1-Lipschitz by a penalty."""

relativistic = AdversarialLoss(relativistic_discriminator, relativistic_generator, paired=True)
"""Relativistic pairing: Jolicoeur-Martineau 2018, arXiv 1807.00734; Huang et al. 2025 (R3GAN),
arXiv 2501.05441, equation 2. It converges with zero-centred penalties: add r1 and r2."""
