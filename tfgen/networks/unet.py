"""Velocities of images at a time, for flows: a small U-Net, made for CPUs."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tfgen.networks.checks import check_positive
from tfgen.networks.resize import NearestResize
from tfgen.networks.velocity import ModulatedNorm, condition_inputs, small


def velocity_unet(
    image_shape: Sequence[int],
    width: int = 64,
    depth: int = 2,
    num_classes: int | None = None,
    times: int = 1,
    name: str = "velocity",
) -> keras.Model:
    """Return a built network from images, times and labels to velocities, for `tfgen.flow`.

    It sees 2x2 pixels as one place, which spares three quarters of the multiplications, and works
    at half and at a quarter of the size, `width` and twice as many channels.

    Args:
        image_shape: `(height, width, channels)`, sides that are multiples of 4.
        width: channels at half the size.
        depth: residual blocks at each size on the way down, and as many on the way up.
        num_classes: number of classes, at least 2, for a class-conditional network; its label
            `num_classes` stands for none.
        times: how many times it is told: 1 for `FlowMatching`, 2 for `MeanFlow`.
        name: the model's name.

    Returns:
        A keras.Model: `[x float [batch, h, w, c], t float [batch, times]]`, with labels int32
        [batch] where there are classes → float32 [batch, h, w, c].

    Raises:
        ValueError: for sides that are no multiples of 4, and numbers out of range.

    Reference: Ronneberger et al. 2015, arXiv 1505.04597; Ho et al. 2020, arXiv 2006.11239,
        appendix B; Hoogeboom et al. 2023, "Simple diffusion", arXiv 2301.11093, section 3.3, for
        patches at the door.

    Example:
        >>> velocity_unet((8, 8, 1), 4, 1)([tf.zeros([3, 8, 8, 1]), tf.zeros([3, 1])]).shape
        TensorShape([3, 8, 8, 1])
    """
    check_positive("velocity_unet", width=width, depth=depth, times=times)
    if len(tuple(image_shape)) != 3 or any(side % 4 or side < 4 for side in image_shape[:2]):
        raise ValueError(
            f"velocity_unet received image_shape={tuple(image_shape)}: expected (height, width, "
            "channels), sides that are multiples of 4. Resize the images."
        )
    shape = tuple(image_shape)
    inputs, c = condition_inputs("velocity_unet", shape, 2 * width, num_classes, times)
    x = keras.layers.Conv2D(width, 2, 2, name="patches")(inputs[0])
    skips = [x]
    for i in range(depth):
        x = _block(x, c, width, f"down_{i}")
        skips.append(x)
    x = keras.layers.Conv2D(2 * width, 3, 2, padding="same", name="halved")(x)
    for i in range(depth):
        x = _block(x, c, 2 * width, f"middle_{i}")
    x = keras.layers.Conv2D(width, 1, name="narrowed")(x)
    x = NearestResize((shape[0] // 2, shape[1] // 2), name="doubled")(x)
    for i in range(depth):
        x = keras.layers.Concatenate(name=f"join_{i}")([x, skips.pop()])
        x = _block(x, c, width, f"up_{i}")
    x = keras.layers.Concatenate(name="join_last")([x, skips.pop()])
    x = ModulatedNorm(name="outputs_norm")([x, c])
    # The last layer is float32 under every precision policy: velocities are summed up.
    x = keras.layers.Conv2D(
        4 * shape[-1], 3, padding="same", kernel_initializer=small(), name="outputs",
        dtype="float32",
    )(x)  # fmt: skip
    return keras.Model(inputs, DepthToSpace(name="pixels", dtype="float32")(x), name=name)


def _block(x, condition, channels, name):
    """Two convolutions of what time and class let through, plus the input."""
    h = ModulatedNorm(name=f"{name}_norm")([x, condition])
    h = keras.layers.Conv2D(channels, 3, padding="same", name=f"{name}_first")(h)
    h = keras.layers.Activation("silu", name=f"{name}_activation")(h)
    h = keras.layers.Conv2D(channels, 3, padding="same", name=f"{name}_second")(h)
    if x.shape[-1] != channels:
        x = keras.layers.Conv2D(channels, 1, name=f"{name}_skip")(x)
    return keras.layers.Add(name=f"{name}_add")([x, h])


@keras.saving.register_keras_serializable(package="tfgen")
class DepthToSpace(keras.layers.Layer):
    """Lays the channels of each place out as 2x2 pixels.

    Example:
        >>> DepthToSpace()(tf.reshape([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 4]))[0, ..., 0].numpy()
        array([[1., 2.],
               [3., 4.]], dtype=float32)
    """

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Return `[batch, 2 * height, 2 * width, channels]`, of four times as many channels."""
        return tf.nn.depth_to_space(x, 2)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[Any, ...]:
        """Return the shape of the result, batch included."""
        batch, height, width, channels = input_shape
        return (batch, 2 * height, 2 * width, channels // 4)
