"""Likelihoods p(x|z): what turns a decoder's output into a distribution over images.

A likelihood is a small value: `likelihood(parameters)` is a `tfd.Distribution` in float32, with one
image per event, so that `log_prob(images)` is `[batch]`, in nats of the whole image. It owns no
weights. Where a channel needs several parameters, the last axis of `parameters` holds all the
channels of the first one, then all the channels of the second, and so on (`Categorical` excepted).

Every likelihood has the same few members:

* `parameters_per_channel`: a decoder's last axis is `channels * parameters_per_channel` wide;
* `value_range`: lowest and highest value of the images;
* `images(parameters)`: what to show, `[batch, height, width, channels]`, in builtin TFLite
  operations;
* `check(images)`: raises ValueError for a NumPy array that the likelihood cannot have produced.
"""

import math

import keras
import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp

from tfgen.serialization import serializable

tfd = tfp.distributions

_UNIT = (0.0, 1.0)


def positive(raw, minimum=0.0):
    """Return `minimum + log(1 + exp(raw))`: softplus, for scales, that stays finite in TFLite.

    `tf.nn.softplus` is exported as `log(1 + exp(raw))`, which is infinite from 88 on.

    Args:
        raw: float tensor of any shape.
        minimum: lower bound of the result, a float >= 0. Without it the result is 0 below
            about -87, where float32 underflows.

    Returns:
        tensor like `raw`.

    Example:
        >>> positive(tf.constant([-1e4, 1e4])).numpy().tolist()
        [0.0, 10000.0]
    """
    # The minimum is -|raw| with the gradient 1 at 0, where that of relu is 0: sigmoid(0) in all.
    return tf.nn.relu(raw) + tf.math.log1p(tf.exp(tf.minimum(raw, -raw))) + minimum


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
    value_range = _UNIT

    def __call__(self, parameters):
        """Return the distribution of `[batch, ...]` images given logits of the same shape."""
        return _per_image(tfd.Bernoulli(logits=tf.cast(parameters, tf.float32), dtype=tf.float32))

    def images(self, parameters):
        """Return the mean image: the probability of a 1, in [0, 1]."""
        return tf.sigmoid(tf.cast(parameters, tf.float32))

    def check(self, images):
        """Raise ValueError if a pixel is NaN or outside [0, 1]."""
        _check_range(self, images)


@serializable
class Gaussian:
    """Independent normal pixels whose scale is learned.

    The parameters are `[mean, raw scale]` on the last axis, `scale = minimum_scale +
    positive(raw scale)`. Let the network give both for a scale per pixel; end it with
    `LearnedScale()` for one scale over all pixels (sigma-VAE), usually the best start.

    Args:
        scale: fixes the scale at this value, in the unit of the images; the parameters are then
            the mean alone. A fixed scale is a hidden weight of the KL term, `1 / scale**2`: use it
            for models whose noise is known.
        minimum_scale: lower bound of a learned scale. Densities are unbounded where pixels are
            constant, as black borders are; half a grey level (0.002) is the sense of 1e-3.
        value_range: the range of the images, for those who draw them; not enforced.

    Reference: Rybkin et al. 2021, "Simple and effective VAE training with calibrated decoders",
    arXiv 2006.13202. The scale here is a weight; the paper's optimal scale of a batch would make
    the bound of an image depend on its neighbours.
    """

    scale: float | None = None
    minimum_scale: float = 1e-3
    value_range: tuple = _UNIT

    def __post_init__(self):
        """Reject scales without a density."""
        _keep_tuple(self)
        if self.scale is not None and self.scale <= 0:
            raise ValueError(
                f"Gaussian received scale={self.scale}: a fixed scale must be positive. "
                "Leave scale=None to learn it."
            )
        if self.minimum_scale <= 0:
            raise ValueError(
                f"Gaussian received minimum_scale={self.minimum_scale}: it must be positive. "
                "Use 1e-3 for images in [0, 1]."
            )

    @property
    def parameters_per_channel(self):
        """Return 2, mean and raw scale; 1 with a fixed scale."""
        return 2 if self.scale is None else 1

    def __call__(self, parameters):
        """Return the distribution of `[batch, ..., channels]` images."""
        mean, *raw = _split(parameters, self.parameters_per_channel, self)
        scale = positive(raw[0], self.minimum_scale) if raw else self.scale
        return _per_image(tfd.Normal(mean, scale))

    def images(self, parameters):
        """Return the mean image, unbounded."""
        return _split(parameters, self.parameters_per_channel, self)[0]

    def check(self, images):
        """Raise ValueError if a pixel is NaN or infinite."""
        if not np.isfinite(images).all():
            raise ValueError(
                "Gaussian received images with NaN or infinite values: every pixel must be "
                "finite. Drop or repair those images."
            )


@serializable
class DiscretisedLogistic:
    """Pixels of 2**bits levels: the mass that a mixture of logistics leaves in each level's bin.

    A true likelihood of 8-bit images, so that `-log_prob / (log(2) * dimensions)` is bits per
    dimension as published. The levels divide `value_range` evenly, ends included; the first and
    the last take the tails. A value between two levels counts as the nearest one.

    The parameters are `[mean, raw scale]` for one component, `[logits, means, raw scales]`, each of
    `components * channels`, for more. Means are in the unit of the images, and scales are
    `positive(raw scale)` in the unit of the whole range.

    Args:
        bits: 1 to 16.
        components: logistics in the mixture of each pixel and channel. Unlike in PixelCNN++,
            channels are independent given z.
        value_range: value of the first and of the last level: (0, 1) or (-1, 1).

    Reference: Salimans et al. 2017, "PixelCNN++", arXiv 1701.05517, equation 2. The mass of a bin
    is computed as a product, never as a difference of two sigmoids.
    """

    bits: int = 8
    components: int = 1
    value_range: tuple = _UNIT

    def __post_init__(self):
        """Reject sizes that make no distribution."""
        _keep_tuple(self)
        if not 1 <= self.bits <= 16:
            raise ValueError(
                f"DiscretisedLogistic received bits={self.bits}: it must be 1 to 16. "
                "Use bits=8 for ordinary images."
            )
        if self.components < 1:
            raise ValueError(
                f"DiscretisedLogistic received components={self.components}: at least one is "
                "needed. Use components=1."
            )

    @property
    def parameters_per_channel(self):
        """Return 2 for one component, else 3 for each."""
        return 2 if self.components == 1 else 3 * self.components

    def __call__(self, parameters):
        """Return the distribution of `[batch, ..., channels]` images."""
        logits, mean, raw = self._split(parameters)
        span = self.value_range[1] - self.value_range[0]
        scale = positive(raw, _LEAST_SCALE) * span
        pixels = _LogisticLevels(mean, scale, 2**self.bits, self.value_range)
        if self.components > 1:
            pixels = tfd.MixtureSameFamily(tfd.Categorical(logits=logits), pixels)
        return _per_image(pixels)

    def images(self, parameters):
        """Return the component means, limited to `value_range` and weighted.

        For one component that is the median pixel, and the mean wherever the scale is small
        against the distance to the ends of the range. The exact mean would need divisions by the
        scale, which int8 cannot hold.
        """
        if self.components == 1:
            return tf.clip_by_value(self._split(parameters)[1], *self.value_range)
        blocks = _split(parameters, self.parameters_per_channel, self)
        logits, means = blocks[: self.components], blocks[self.components : 2 * self.components]
        largest = tf.reduce_max(tf.stack(logits), 0)
        weights = [tf.exp(logit - largest) for logit in logits]
        limited = [tf.clip_by_value(mean, *self.value_range) for mean in means]
        return tf.add_n([w * m for w, m in zip(weights, limited, strict=True)]) / tf.add_n(weights)

    def check(self, images):
        """Raise ValueError if a pixel is NaN or outside `value_range`."""
        _check_range(self, images)

    def _split(self, parameters):
        """Return logits, means and raw scales, the components on a last axis if there are more."""
        blocks = _split(parameters, self.parameters_per_channel, self)
        if self.components == 1:
            return None, *blocks
        count = self.components
        return [tf.stack(blocks[i * count : (i + 1) * count], axis=-1) for i in range(3)]


@serializable
class Categorical:
    """Pixels as classes: one logit for each of `levels` values, no order assumed.

    For a handful of grey levels or palette entries; 256 levels cost 256 outputs a pixel, where
    `DiscretisedLogistic` needs two. The levels divide `value_range` evenly, ends included, and a
    value between two levels counts as the nearest one. The last axis of the parameters holds all
    the levels of the first channel, then those of the second.

    Args:
        levels: number of values, at least 2.
        value_range: value of the first and of the last level.
    """

    levels: int = 256
    value_range: tuple = _UNIT

    def __post_init__(self):
        """Reject a single level."""
        _keep_tuple(self)
        if self.levels < 2:
            raise ValueError(
                f"Categorical received levels={self.levels}: at least 2 are needed. "
                "Use levels=256 for 8-bit images."
            )

    @property
    def parameters_per_channel(self):
        """Return the number of levels."""
        return self.levels

    def __call__(self, parameters):
        """Return the distribution of `[batch, ..., channels]` images."""
        parameters = tf.cast(parameters, tf.float32)
        logits = tf.reshape(parameters, [-1, *self._image_shape(parameters), self.levels])
        return _per_image(_CategoricalLevels(logits, self.value_range))

    def images(self, parameters):
        """Return the mean image."""
        parameters = tf.cast(parameters, tf.float32)
        shape = self._image_shape(parameters)
        probs = tf.nn.softmax(tf.reshape(parameters, [-1, math.prod(shape), self.levels]))
        values = tf.linspace(*map(float, self.value_range), self.levels)
        return tf.reshape(tf.linalg.matvec(probs, values), [-1, *shape])

    def check(self, images):
        """Raise ValueError if a pixel is NaN or outside `value_range`."""
        _check_range(self, images)

    def _image_shape(self, parameters):
        *spatial, width = parameters.shape[1:]
        _check_width(width, self.levels, self)
        return *spatial, width // self.levels


@keras.saving.register_keras_serializable(package="tfgen")
class LearnedScale(keras.layers.Layer):
    """Appends a trainable raw scale to the means of a decoder, for `Gaussian()`.

    The last layer of a decoder that gives means only: `[batch, ..., channels]` becomes
    `[batch, ..., 2 * channels]`, float32 under every precision policy. The raw scale is a weight of
    the decoder, so it is trained, saved and exported with it.

    Args:
        axis: axes of the input along which scales differ: None, one scale for everything; -1, one
            for each channel; (1, 2, 3), one for each place of the image.
        initial_scale: the scale at first, in the unit of the images, above the likelihood's
            `minimum_scale`. Too small a value makes the first steps jump.

    Example:
        >>> LearnedScale()(tf.zeros([2, 28, 28, 1])).shape
        TensorShape([2, 28, 28, 2])

    Reference: Rybkin et al. 2021, arXiv 2006.13202, section 4.1.
    """

    def __init__(self, axis=None, initial_scale=1.0, **kwargs):
        """Keep the settings; the weight follows in `build`."""
        # A scale near 1e-2 and its small steps drown in the rounding of half precision.
        super().__init__(**{"dtype": "float32", **kwargs})
        if initial_scale <= 0:
            raise ValueError(
                f"LearnedScale received initial_scale={initial_scale}: a scale must be positive. "
                "Use 1.0, or the standard deviation of the pixels."
            )
        self.axis = tuple(axis) if isinstance(axis, list) else axis  # JSON knows lists only
        self.initial_scale = initial_scale

    def build(self, input_shape):
        """Create the raw scale, broadcastable to the input."""
        rank = len(input_shape)
        axes = () if self.axis is None else np.atleast_1d(self.axis).tolist()
        axes = {axis % rank for axis in axes}
        if 0 in axes:
            raise ValueError(
                f"LearnedScale received axis={self.axis}: axis 0 is the batch. Use axes from 1 on."
            )
        shape = [size if axis in axes else 1 for axis, size in enumerate(input_shape)]
        raw = self.initial_scale + np.log(-np.expm1(-self.initial_scale))  # positive(raw) = initial
        self.raw_scale = self.add_weight(
            name="raw_scale", shape=shape, initializer=keras.initializers.Constant(float(raw))
        )

    def call(self, mean):
        """Return `[mean, raw scale]` on the last axis."""
        raw = tf.broadcast_to(tf.convert_to_tensor(self.raw_scale), tf.shape(mean))
        return tf.concat([mean, raw], axis=-1)

    def compute_output_shape(self, input_shape):
        """Return the input's shape with twice the channels."""
        return *input_shape[:-1], 2 * input_shape[-1]

    def get_config(self):
        """Return the constructor's arguments."""
        return {**super().get_config(), "axis": self.axis, "initial_scale": self.initial_scale}


# In the unit of the whole range. PixelCNN++ stops at exp(-7) of [-1, 1] as well: the bin of an
# 8-bit level then holds 97 % of the mass.
_LEAST_SCALE = math.exp(-7.0) / 2.0


class _Levels(tfd.Distribution):
    """A scalar that takes one of `levels` values, evenly spaced over `value_range`."""

    def __init__(self, levels, value_range, parameters):
        self._levels, self._range = levels, value_range
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters,
            name=type(self).__name__.strip("_"),
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


class _LogisticLevels(_Levels):
    """A logistic rounded to the nearest level, the tails going to the first and the last."""

    def __init__(self, loc, scale, levels, value_range):
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


class _CategoricalLevels(_Levels):
    """A categorical distribution over the levels."""

    def __init__(self, logits, value_range):
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


def _keep_tuple(likelihood):
    """Undo JSON, which knows lists only: a likelihood is hashable and equals its saved copy."""
    object.__setattr__(likelihood, "value_range", tuple(map(float, likelihood.value_range)))


def _per_image(pixels):
    return tfd.Independent(pixels, reinterpreted_batch_ndims=len(pixels.batch_shape) - 1)


def _split(parameters, count, likelihood):
    _check_width(parameters.shape[-1], count, likelihood)
    return tf.split(tf.cast(parameters, tf.float32), count, axis=-1)


def _check_width(width, count, likelihood):
    if width % count:
        raise ValueError(
            f"{likelihood} received parameters whose last axis is {width}: it needs {count} for "
            f"each channel. End the decoder with channels * {count} outputs."
        )


def _check_range(likelihood, images):
    low, high = likelihood.value_range
    tolerance = 1e-6 * (high - low)  # resizing and normalising in float32 overshoot this much
    # Written so that a NaN, which fails every comparison, is an error too.
    if not (np.min(images) >= low - tolerance and np.max(images) <= high + tolerance):
        raise ValueError(
            f"{likelihood} received images with values from {np.min(images)} to "
            f"{np.max(images)}: they must lie in [{low:g}, {high:g}], without NaN. "
            f"Rescale the images to that range, or choose another likelihood."
        )
