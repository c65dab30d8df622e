"""Larger images: nearest resizes, and convolutions of resized images that train fast."""

import math
from typing import Any

import keras
import numpy as np
import tensorflow as tf


@keras.saving.register_keras_serializable(package="tfgen")
class NearestResize(keras.layers.Layer):
    """Doubles images by repeating pixels, then leaves out the last row or column for odd sizes.

    Pixel i of the result is pixel `i // 2`, and becomes one TFLite operation on 4-D tensors;
    keras.layers.UpSampling2D becomes a reshape to 5-D and a tile, which accelerators refuse.

    Args:
        size: `(height, width)` of the result; each twice the side that comes in, one less than
            that, or that side itself.

    Raises:
        ValueError: when built for images that these sizes don't double.

    Example:
        >>> NearestResize((3, 2))(tf.reshape([1.0, 2.0, 3.0, 4.0], (1, 2, 2, 1)))[0, ..., 0]
        <tf.Tensor: shape=(3, 2), dtype=float32, numpy=
        array([[1., 2.],
               [1., 2.],
               [3., 4.]], dtype=float32)>
    """

    def __init__(self, size: tuple[int, ...], **kwargs: Any):
        super().__init__(**kwargs)
        self.size = tuple(size)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Check that the images can be resized so."""
        _check_sides("NearestResize", self.size, input_shape[1:3])

    def call(self, images: tf.Tensor) -> tf.Tensor:
        """Return `[batch, *size, channels]` for `[batch, height, width, channels]`."""
        return _resize(images, self.size)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the result, batch included."""
        return (input_shape[0], *self.size, input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "size": self.size}


@keras.saving.register_keras_serializable(package="tfgen")
class ResizeConv2D(keras.layers.Conv2D):
    """A `NearestResize`, then a convolution with padding: one layer, which trains fast.

    A 3x3 convolution of images that were doubled multiplies equal pixels by several weights.
    Training adds these weights first, which leaves 16 multiplications of 36, and is what
    transposed convolutions with 4x4 weights compute. Elsewhere, and so in every exported file, the
    layer is a resize and a convolution, which are smaller and faster on devices.

    Args:
        filters: channels of the result.
        size: `(height, width)` of the result, as for `NearestResize`.
        kernel_size: int, or one for each side; only 3 trains faster, and only where both sides are
            doubled.
        **kwargs: as for `keras.layers.Conv2D`, but for strides, padding, dilation and groups.

    Attributes:
        trains_doubled: whether the layer, once built, trains in the fast way.

    Raises:
        ValueError: when built for images that the sizes don't double.

    Example:
        >>> layer = ResizeConv2D(5, (8, 8))
        >>> images = tf.ones([1, 4, 4, 2])
        >>> difference = layer(images, training=True) - layer(images)
        >>> difference.shape, bool(tf.reduce_all(tf.abs(difference) < 1e-5))
        (TensorShape([1, 8, 8, 5]), True)

    Reference: Aitken et al. 2017, arXiv 1707.02937, on nearest resizes with convolutions as
    convolutions at low resolution.
    """

    def __init__(self, filters: int, size: tuple[int, ...], kernel_size: int = 3, **kwargs: Any):
        fixed = {"strides": 1, "padding": "same", "dilation_rate": 1, "groups": 1}
        super().__init__(filters, kernel_size, **{**kwargs, **fixed})
        self.size = tuple(size)

    def build(self, input_shape: tuple[int, ...]) -> None:
        """Check that the images can be resized so, and make the weights."""
        sides = tuple(input_shape[1:3])
        _check_sides("ResizeConv2D", self.size, sides)
        doubled = self.size == tuple(2 * side for side in sides)
        self.trains_doubled = doubled and self.kernel_size == (3, 3)
        super().build(input_shape)

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return `[batch, *size, filters]` for `[batch, height, width, channels]`."""
        if not (training and self.trains_doubled):
            return super().call(_resize(images, self.size))
        outputs = _doubled_convolution(images, _overlapped(tf.convert_to_tensor(self.kernel)))
        return self.activation(outputs if self.bias is None else outputs + self.bias)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the result, batch included."""
        return (input_shape[0], *self.size, self.filters)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "size": self.size}


def _check_sides(layer, size, sides):
    for side, resized in zip(sides, size, strict=True):
        if resized not in (side, 2 * side - 1, 2 * side):
            raise ValueError(
                f"{layer}(size={size}) received images of {tuple(sides)} pixels: each side may be "
                "kept, doubled, or doubled less one. Resize in steps."
            )


def _resize(images, size):
    factors = [1 if n == side else 2 for n, side in zip(size, images.shape[1:3], strict=True)]

    @tf.custom_gradient
    def resize(images):
        # Without half-pixel centres, pixel i comes from floor(i * side / n), which is i // 2 for
        # n = 2 * side and n = 2 * side - 1 alike.
        resized = tf.raw_ops.ResizeNearestNeighbor(images=images, size=size)
        return resized, lambda upstream: _sum_of_repeats(upstream, factors)

    return resize(images)


def _sum_of_repeats(gradient, factors):
    """The gradient of `_resize`: XLA knows no gradient of TensorFlow's own operation."""
    missing = [-n % factor for n, factor in zip(gradient.shape[1:3], factors, strict=True)]
    if any(missing):
        gradient = tf.pad(gradient, [[0, 0], *([0, n] for n in missing), [0, 0]])
    return math.prod(factors) * tf.nn.avg_pool2d(gradient, factors, factors, "VALID")


def _overlapped(kernel):
    """[3, 3, in, out] -> [4, 4, in, out]: each weight at the four places that see one pixel."""
    for axis in (0, 1):
        pads = np.zeros([4, 2], int)
        pads[axis] = [1, 0]
        kernel = tf.pad(kernel, pads) + tf.pad(kernel, pads[:, ::-1])
    return kernel


# Of places in doubled images: 0 for even ones, 1 for odd ones, down and across.
_KINDS = ((0, 0), (0, 1), (1, 0), (1, 1))


@tf.custom_gradient
def _doubled_convolution(images, kernel):
    """Return the 3x3 convolution of doubled images; `kernel` is that of `_overlapped`.

    Pixels at even places see the pixel before and their own, those at odd places their own and the
    next: a 2x2 convolution for each of the four kinds of places. The gradients are those of the
    transposed convolution that this is, for TensorFlow's own of its forward pass is slow on CPUs.
    """
    kinds = tf.concat([kernel[i::2, j::2] for i, j in _KINDS], axis=-1)
    padded = tf.nn.conv2d(images, kinds, 1, [[0, 0], [1, 1], [1, 1], [0, 0]])
    height, width = images.shape[1:3]
    parts = [
        part[:, i : i + height, j : j + width]
        for part, (i, j) in zip(tf.split(padded, 4, axis=-1), _KINDS, strict=True)
    ]

    def gradient(upstream):
        adjoint = _transposed(kernel)
        weights = tf.raw_ops.Conv2DBackpropFilter(
            input=upstream, filter_sizes=adjoint.shape, out_backprop=images,
            strides=[1, 2, 2, 1], padding="SAME",
        )  # fmt: skip
        return tf.nn.conv2d(upstream, adjoint, 2, "SAME"), _transposed(weights)

    return tf.nn.depth_to_space(tf.concat(parts, axis=-1), 2), gradient


def _transposed(kernel):
    return tf.transpose(kernel[::-1, ::-1], [0, 1, 3, 2])
