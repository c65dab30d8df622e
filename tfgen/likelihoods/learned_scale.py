"""One scale for all images, learned with the decoder."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen.checks.networks import input_shape, is_functional
from tfgen.likelihoods.gaussian import Gaussian

_UNTIL_THEN = 1.0  # the scale of a layer that has not seen data yet
_LEAST = 0.01  # what data start it from: smaller ones make the first steps jump


@keras.saving.register_keras_serializable(package="tfgen")
class LearnedScale(keras.layers.Layer):
    """Appends a trainable raw scale to the means of a decoder, for `Gaussian()`.

    The last layer of a decoder that gives means only: `[batch, ..., channels]` becomes
    `[batch, ..., 2 * channels]`, float32 under every precision policy. The raw scale is a weight of
    the decoder, so it is trained, saved and exported with it. `VAE` and `VQVAE` add one by
    themselves to a decoder that gives but the means to a `Gaussian()`.

    Args:
        axis: axes of the input along which scales differ: None, one scale for everything; -1, one
            for each channel; (1, 2, 3), one for each place of the image.
        initial_scale: the scale at first, in the unit of the images, above the likelihood's
            `minimum_scale`. Too small a value makes the first steps jump. None takes it from the
            first data that a model fits, see `begin`; it is 1 until then.

    Example:
        >>> LearnedScale()(tf.zeros([2, 28, 28, 1])).shape
        TensorShape([2, 28, 28, 2])

    Reference: Rybkin et al. 2021, arXiv 2006.13202, section 4.1.
    """

    def __init__(
        self,
        axis: int | Sequence[int] | None = None,
        initial_scale: float | None = None,
        **kwargs: Any,
    ):
        """Keep the settings; the weight follows in `build`."""
        # A scale near 1e-2 and its small steps drown in the rounding of half precision.
        super().__init__(**{"dtype": "float32", **kwargs})
        if initial_scale is not None and initial_scale <= 0:
            raise ValueError(
                f"LearnedScale received initial_scale={initial_scale}: a scale must be positive. "
                "Leave it out to start from the data."
            )
        self.axis = tuple(axis) if isinstance(axis, list) else axis  # JSON knows lists only
        self.initial_scale = initial_scale

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Create the raw scale, broadcastable to the input."""
        rank = len(input_shape)
        axes = () if self.axis is None else np.atleast_1d(self.axis).tolist()
        axes = {axis % rank for axis in axes}
        if 0 in axes:
            raise ValueError(
                f"LearnedScale received axis={self.axis}: axis 0 is the batch. Use axes from 1 on."
            )
        shape = [size if axis in axes else 1 for axis, size in enumerate(input_shape)]
        raw = float(_raw(self.initial_scale or _UNTIL_THEN))
        self.raw_scale = self.add_weight(
            name="raw_scale", shape=shape, initializer=keras.initializers.Constant(raw)
        )

    @property
    def waits_for_data(self) -> bool:
        """Whether the scale is to come from data, and neither they nor training have moved it."""
        untouched = np.float32(_raw(_UNTIL_THEN))
        return self.initial_scale is None and bool(np.all(self.raw_scale.numpy() == untouched))

    def begin(self, examples: tf.Tensor) -> None:
        """Start from data: the standard deviation around the mean example, along `axis`.

        That is what is left of the data where a decoder knows nothing but their mean.

        Args:
            examples: `[count, ...]` of the shape of the means; at least 2 that differ, or the
                values of the one take the place of the examples.
        """
        values = np.asarray(examples, np.float64)
        variances = values.var(axis=0, keepdims=True)
        kept = [size > 1 for size in self.raw_scale.shape]
        axes = tuple(axis for axis in range(values.ndim) if not kept[axis])
        spread = np.sqrt(variances.mean(axis=axes, keepdims=True))
        spread = np.where(spread > 0, spread, values.std())
        self.raw_scale.assign(_raw(np.maximum(spread, _LEAST)))

    def call(self, mean: tf.Tensor) -> tf.Tensor:
        """Return `[mean, raw scale]` on the last axis."""
        raw = tf.broadcast_to(tf.convert_to_tensor(self.raw_scale), tf.shape(mean))
        return tf.concat([mean, raw], axis=-1)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the input's shape with twice the channels."""
        return *input_shape[:-1], 2 * input_shape[-1]

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {**super().get_config(), "axis": self.axis, "initial_scale": self.initial_scale}


def with_learned_scale(encoder: keras.Model, decoder: keras.Model, likelihood: Any) -> keras.Model:
    """Return a decoder that gives a `Gaussian()` its scale too, where it gave the means alone.

    Any other decoder is returned as it is.

    Args:
        encoder: built network, of which the shape of an example is known.
        decoder: built network, z -> parameters of the likelihood.
        likelihood: `tfgen.likelihoods` object.

    Example:
        >>> encoder = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
        >>> decoder = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
        >>> with_learned_scale(encoder, decoder, Gaussian()).output_shape
        (None, 8)
    """
    if not (isinstance(likelihood, Gaussian) and likelihood.scale is None):
        return decoder
    known = [isinstance(n, keras.Model) and is_functional(n) for n in (encoder, decoder)]
    if not all(known) or tuple(decoder.output_shape[1:]) != input_shape(encoder):
        return decoder
    scaled = LearnedScale(name="learned_scale")(decoder.outputs[0])
    return keras.Model(_structure(decoder.inputs), scaled, name=decoder.name)


def waiting_for_data(decoder: keras.Model) -> list[LearnedScale]:
    """Return the learned scale at a decoder's end, if it is one that is to start from data."""
    if not getattr(decoder, "outputs", None):
        return []
    last = decoder.outputs[0]._keras_history[0]
    if isinstance(last, keras.Model):
        return waiting_for_data(last)
    return [last] if isinstance(last, LearnedScale) and last.waits_for_data else []


def image_network(decoder: keras.Model, likelihood: Any) -> tuple[keras.Model, Callable]:
    """Return what shows images: `(network, images)`, where `images(network(z))` is the picture.

    They are `decoder` and `likelihood.images`, unless the decoder ends in `LearnedScale` and the
    likelihood reads `[mean, raw scale]`: pictures need no scale then, so the network ends before
    it. In int8 this matters: the concatenation of means and scale has one range for both, and a
    raw scale far from the means would take most of its 256 levels.

    Args:
        decoder: built network, z -> parameters of the likelihood.
        likelihood: `tfgen.likelihoods` object.

    Returns:
        The network, which shares its layers with the decoder, and a function.

    Example:
        >>> from tfgen.likelihoods import Gaussian
        >>> means = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4)])
        >>> decoder = keras.Sequential([means, LearnedScale()])
        >>> decoder.output_shape, image_network(decoder, Gaussian())[0].output_shape
        ((None, 8), (None, 4))
    """
    reads_means = hasattr(likelihood, "images_of_means") and likelihood.parameters_per_channel == 2
    means = _before_scale(decoder) if reads_means else None
    return (decoder, likelihood.images) if means is None else (means, likelihood.images_of_means)


def _before_scale(network):
    """Return `network` up to the learned scale at its end, or None where there is none."""
    if not getattr(network, "outputs", None):  # a subclassed model, whose end is unknown
        return None
    last, call, _ = network.outputs[0]._keras_history
    received = _structure(last._inbound_nodes[call].input_tensors)
    if isinstance(last, LearnedScale):
        return keras.Model(_structure(network.inputs), received, name=network.name)
    inner = _before_scale(last) if isinstance(last, keras.Model) else None
    if inner is None:
        return None
    return keras.Model(_structure(network.inputs), inner(received), name=network.name)


def _raw(scale):
    """What `positive` makes of is the scale."""
    return scale + np.log(-np.expm1(-scale))


def _structure(tensors):
    """Return a single tensor as itself, several as a list: as networks are made and called."""
    return tensors[0] if len(tensors) == 1 else tensors
