"""The variational mixture of posteriors."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling
from tfgen.checks.numbers import check_integer

if TYPE_CHECKING:  # slow to import
    from tensorflow_probability import distributions as tfd

_CHOICE = 1  # what a row's seeds are used for, besides the noise


@keras.saving.register_keras_serializable(package="tfgen")
class VampPrior(keras.layers.Layer):
    """The mean of the posteriors of some pseudo-inputs, which train with the VAE.

        p(z) = 1 / K * sum_k q(z | u_k)

    The best prior for a bound is the mean of the posteriors of all training examples; this is an
    affordable one. It is given to a VAE, whose encoder it uses: `VAE(..., prior=VampPrior(shape))`.

    Args:
        shape: of one example, as the encoder takes it.
        components: K, the number of pseudo-inputs. Each step encodes them all.
        value_range: of examples, (low, high), in which pseudo-inputs stay; None for any.
        **kwargs: as for any Keras layer.

    Attributes:
        pseudo_inputs: u, float32 [K, *shape].

    Raises:
        ValueError: for numbers out of range; in a VAE of another shape or with classes.

    Example:
        >>> VampPrior((8, 8, 1), components=5).pseudo_inputs.shape
        TensorShape([5, 8, 8, 1])

    Reference: Tomczak and Welling 2018, "VAE with a VampPrior", arXiv 1705.07120, equation 9. The
        pseudo-inputs are kept within their range by a sigmoid; there by a clipping, beyond which
        they would no longer learn.
    """

    def __init__(
        self,
        shape: Sequence[int],
        components: int = 500,
        value_range: tuple[float, float] | None = (0.0, 1.0),
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        check_integer("VampPrior", "components", components, "Use 500.")
        self.shape, self.components = tuple(shape), components
        self.value_range = None if value_range is None else tuple(value_range)
        start = keras.initializers.RandomNormal(-1.0 if value_range else 0.0, 1.0)
        self.raw = self.add_weight(
            (components, *self.shape), start, dtype="float32", name="pseudo_inputs"
        )
        self._encode: Callable | None = None
        self.built = True

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = ("shape", "components", "value_range")
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}

    def join(self, model: keras.Model) -> None:
        """Use the encoder of the VAE that was given this prior; a VAE does it by itself.

        Raises:
            ValueError: for a VAE of another shape or with classes.
        """
        if tuple(model.example_shape) != self.shape:
            raise ValueError(
                f"VampPrior(shape={self.shape}) received a {type(model).__name__} of examples of "
                f"shape {tuple(model.example_shape)}: expected the same. Use "
                f"shape={tuple(model.example_shape)}."
            )
        if model.num_classes is not None:
            raise ValueError(
                f"VampPrior received a {type(model).__name__} of {model.num_classes} classes: "
                "expected one without, for its pseudo-inputs have none. Use num_classes=None."
            )
        self._encode, self.latent_dim = model.posterior_parameters, model.latent_dim

    @property
    def pseudo_inputs(self) -> tf.Tensor:
        """The examples whose posteriors are mixed, float32 [K, *shape]."""
        return self._within(tf.convert_to_tensor(self.raw.value))

    def _within(self, raw):
        if self.value_range is None:
            return raw
        low, high = self.value_range
        return low + (high - low) * tf.sigmoid(raw)

    def _posteriors(self, raw):
        """Return means and scales, [count, latent_dim] each."""
        if self._encode is None:
            raise ValueError(
                "VampPrior received no encoder: it needs that of a VAE. Pass it as VAE(prior=)."
            )
        return self._encode(self._within(raw))

    def log_prob(self, z: ArrayLike, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return log p(z), float32 [...] in nats, of z [..., latent_dim]."""
        z = tf.convert_to_tensor(z)
        means, scales = self._posteriors(tf.convert_to_tensor(self.raw.value))
        flat = tf.reshape(z, [-1, self.latent_dim])
        # (z - m)^2 / s^2 summed over units, as products of matrices: [batch, K]
        precisions = 1.0 / tf.square(scales)
        squares = (
            tf.matmul(tf.square(flat), precisions, transpose_b=True)
            - 2.0 * tf.matmul(flat, means * precisions, transpose_b=True)
            + tf.reduce_sum(tf.square(means) * precisions, axis=-1)
        )
        logs = tf.reduce_sum(tf.math.log(scales), axis=-1)
        constant = 0.5 * self.latent_dim * math.log(2.0 * math.pi) + math.log(self.components)
        found = tf.reduce_logsumexp(-0.5 * squares - logs, axis=-1) - constant
        return tf.reshape(found, tf.shape(z)[:-1])

    def draw(self, seeds: tf.Tensor, labels: ArrayLike | None = None) -> tf.Tensor:
        """Return z for each seed, float32 [batch, latent_dim]: of one posterior each."""
        chance = sampling.uniform(sampling.stream(seeds, _CHOICE), ())
        chosen = tf.cast(tf.math.floor(chance * self.components), tf.int32)
        mean, scale = self._posteriors(tf.gather(tf.convert_to_tensor(self.raw.value), chosen))
        return mean + scale * sampling.normal(seeds, (self.latent_dim,))

    def kl(
        self, posterior: "tfd.Distribution", z: tf.Tensor, labels: ArrayLike | None = None
    ) -> tf.Tensor:
        """Return an estimate of KL(posterior || prior) at z, [batch, 1], in nats."""
        return (posterior.log_prob(z) - self.log_prob(z))[:, None]
