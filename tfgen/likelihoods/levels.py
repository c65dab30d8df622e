"""Distributions of a scalar over evenly spaced levels."""

import tensorflow as tf
import tensorflow_probability as tfp

tfd = tfp.distributions


class _Levels(tfp.distributions.Distribution):
    """A scalar that takes one of `levels` values, evenly spaced over `value_range`."""

    def __init__(self, levels: int, value_range: tuple[float, float], parameters: tf.Tensor):
        self._levels, self._range = levels, value_range
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
            name=type(self).__name__,
        )

    def _event_shape(self):
        return tf.TensorShape([])

    def _event_shape_tensor(self):
        return tf.constant([], tf.int32)

    def _step(self):
        return (self._range[1] - self._range[0]) / (self._levels - 1)

    def _to_level(self, x):
        """The number of the nearest level, as float32."""
        level = tf.round((x - self._range[0]) / self._step())
        return tf.clip_by_value(level, 0.0, self._levels - 1.0)

    def _to_value(self, level):
        return self._range[0] + level * self._step()


class LogisticLevels(_Levels):
    """A logistic rounded to the nearest level, the tails going to the first and the last."""

    def __init__(
        self, loc: tf.Tensor, scale: tf.Tensor, levels: int, value_range: tuple[float, float]
    ):
        self._loc, self._scale = loc, scale
        parameters = {"loc": loc, "scale": scale, "levels": levels, "value_range": value_range}
        super().__init__(levels, value_range, parameters)

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {name: tfp.util.ParameterProperties() for name in ("loc", "scale")}

    def _log_prob(self, x):
        """The log of `sigmoid(b) - sigmoid(a)`, `a` and `b` the ends of the bin.

        It equals `sigmoid(b) * sigmoid(-a) * (1 - exp(a - b))`, and `b - a` is known without
        subtracting: nothing cancels and nothing underflows, far out in the tails or at any scale.
        """
        level = self._to_level(x)
        distance, half = self._to_value(level) - self._loc, 0.5 * self._step()
        below_end = tf.math.log_sigmoid((half + distance) / self._scale)
        above_start = tf.math.log_sigmoid((half - distance) / self._scale)
        overlap = tf.math.log(-tf.math.expm1(-self._step() / self._scale))
        first, last = level < 0.5, level > self._levels - 1.5
        return (
            tf.where(last, 0.0, below_end)
            + tf.where(first, 0.0, above_start)
            + tf.where(first | last, 0.0, overlap)
        )

    def _sample_n(self, n, seed=None):
        x = tfd.Logistic(self._loc, self._scale).sample(n, seed=seed)
        return self._to_value(self._to_level(x))

    def _mean(self):
        """The first value, and a step for every level that is reached: sum P(level or above)."""

        def add(total, level):
            return total + tf.sigmoid((self._loc - self._to_value(level - 0.5)) / self._scale)

        zero = tf.zeros_like(self._loc + self._scale)
        reached = tf.foldl(add, tf.range(1.0, self._levels), zero)
        return self._range[0] + self._step() * reached


class CategoricalLevels(_Levels):
    """A categorical distribution over the levels."""

    def __init__(self, logits: tf.Tensor, value_range: tuple[float, float]):
        self._logits = logits
        parameters = {"logits": logits, "value_range": value_range}
        super().__init__(logits.shape[-1], value_range, parameters)

    @classmethod
    def _parameter_properties(cls, dtype, num_classes=None):
        return {"logits": tfp.util.ParameterProperties(event_ndims=1)}

    def _log_prob(self, x):
        level = tf.cast(self._to_level(x), tf.int32)
        return tfd.Categorical(logits=self._logits).log_prob(level)

    def _sample_n(self, n, seed=None):
        level = tfd.Categorical(logits=self._logits).sample(n, seed=seed)
        return self._to_value(tf.cast(level, tf.float32))

    def _mean(self):
        values = self._to_value(tf.range(0.0, self._levels))
        return tf.linalg.matvec(tf.nn.softmax(self._logits), values)
