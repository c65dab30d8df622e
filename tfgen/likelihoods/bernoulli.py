"""Binary pixels."""

import tensorflow as tf
import tensorflow_probability as tfp
from numpy.typing import ArrayLike

from tfgen.likelihoods.parameters import per_image
from tfgen.likelihoods.value_range import UNIT, check_range
from tfgen.serialization import serializable

tfd = tfp.distributions


@serializable
class Bernoulli:
    """Independent binary pixels; the parameters are logits.

    Images must lie in [0, 1]. Binary ones give a true log-likelihood. Values in between count as
    soft targets: the cross-entropy `x log p + (1 - x) log(1 - p)`, usual for grey MNIST, but the
    log-density of no distribution, so that a bound made of it cannot be compared with published
    numbers: binarise first for those.

    Example:
        >>> pixels = Bernoulli()(tf.zeros([2, 28, 28, 1]))
        >>> pixels.log_prob(tf.ones([2, 28, 28, 1])).shape
        TensorShape([2])
    """

    parameters_per_channel = 1
    value_range = UNIT

    def __call__(self, parameters: tf.Tensor) -> tfp.distributions.Distribution:
        """Return the distribution of `[batch, ...]` images given logits of the same shape."""
        return per_image(_Pixels(logits=tf.cast(parameters, tf.float32), dtype=tf.float32))

    def images(self, parameters: tf.Tensor) -> tf.Tensor:
        """Return the mean image: the probability of a 1, in [0, 1]."""
        return tf.sigmoid(tf.cast(parameters, tf.float32))

    def check(self, images: ArrayLike) -> None:
        """Raise ValueError if a pixel is NaN or outside [0, 1]."""
        check_range(self, images)


class _Pixels(tfp.distributions.Bernoulli):
    """`tfd.Bernoulli` with half the work: a likelihood's softplus is most of an MLP's step."""

    def _log_prob(self, event):
        logits = self._logits_parameter_no_checks()
        # log(1 + exp(logits)) in the form that XLA computes fastest. Not tf.abs and tf.nn.relu:
        # at 0 their gradients are 0, and it is there that an untrained layer begins.
        positive = logits >= 0.0
        softplus = tf.where(positive, logits, 0.0) + tf.math.log1p(
            tf.exp(tf.where(positive, -logits, logits))
        )
        return event * logits - softplus
