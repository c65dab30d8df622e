"""What a latent space is used for."""

from typing import Any

import keras
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfgen")
class ActiveUnits(keras.metrics.Metric):
    """Counts the latent dimensions that say something about the data.

    A dimension is active if its posterior mean varies over the data: `Var_x(E[z|x]) > threshold`.
    Collapsed dimensions repeat the prior's mean for every example. The result does not depend on
    how the data is batched or spread over replicas.

    Args:
        latent_dim: number of latent dimensions.
        threshold: smallest variance of an active dimension.
        name: name in the logs.

    Reference: Burda et al. 2015, "Importance weighted autoencoders", arXiv 1509.00519.

    Example:
        >>> metric = ActiveUnits(latent_dim=2)
        >>> metric.update_state(tf.constant([[0.0, -1.0], [0.0, 1.0]]))
        >>> float(metric.result())
        1.0
    """

    def __init__(
        self, latent_dim: int, threshold: float = 0.01, name: str = "active_units", **kwargs: Any
    ):
        """Create the sums that the variances are made of."""
        super().__init__(name=name, **kwargs)
        self.latent_dim = latent_dim
        self.threshold = threshold
        # Sums, since replicas add their variables; in float64, since the variance is a small
        # difference of large ones.
        self.count = self._sum("count", ())
        self.total = self._sum("total", (latent_dim,))
        self.squares = self._sum("squares", (latent_dim,))

    def update_state(self, posterior_means: tf.Tensor) -> None:
        """Take in the means of a batch: `[batch, latent_dim]`."""
        means = tf.cast(posterior_means, tf.float64)
        self.count.assign_add(tf.cast(tf.shape(means)[0], tf.float64))
        self.total.assign_add(tf.reduce_sum(means, axis=0))
        self.squares.assign_add(tf.reduce_sum(tf.square(means), axis=0))

    def variances(self) -> tf.Tensor:
        """Return the variance of the posterior mean of each dimension: float32 `[latent_dim]`."""
        mean = tf.math.divide_no_nan(self.total.value, self.count.value)
        mean_square = tf.math.divide_no_nan(self.squares.value, self.count.value)
        return tf.cast(tf.maximum(mean_square - tf.square(mean), 0.0), tf.float32)

    def result(self) -> tf.Tensor:
        """Return the number of active dimensions: float32 scalar; 0 without data."""
        return tf.reduce_sum(tf.cast(self.variances() > self.threshold, tf.float32))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            **super().get_config(),
            "latent_dim": self.latent_dim,
            "threshold": self.threshold,
        }

    def _sum(self, name, shape):
        return self.add_variable(shape=shape, initializer="zeros", dtype="float64", name=name)
