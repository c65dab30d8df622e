"""One scale for all images, learned with the decoder."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


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

    def __init__(
        self, axis: int | Sequence[int] | None = None, initial_scale: float = 1.0, **kwargs: Any
    ):
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
        raw = self.initial_scale + np.log(-np.expm1(-self.initial_scale))  # positive(raw) = initial
        self.raw_scale = self.add_weight(
            name="raw_scale", shape=shape, initializer=keras.initializers.Constant(float(raw))
        )

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


def _structure(tensors):
    """Return a single tensor as itself, several as a list: as networks are made and called."""
    return tensors[0] if len(tensors) == 1 else tensors
