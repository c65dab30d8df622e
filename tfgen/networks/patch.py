"""A discriminator that judges patches of an image, each by itself."""

from collections.abc import Callable

import keras

from tfgen.networks import checks, dcgan
from tfgen.networks.sizes import channels_at, halved_sizes


def patch_discriminator(
    image_shape: tuple[int, ...],
    width: int = 64,
    downsamplings: int = 2,
    *,
    batch_norm: bool = False,
    wrap: Callable | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """Return a built network from images to a logit for each of many overlapping patches.

    4x4 convolutions of stride 2, whose channels double from `width`, then one of stride 1 and the
    logits. A patch is 16 pixels wide with one downsampling, 34 with two, 70 with three.

    Args:
        image_shape: `(height, width, channels)`, with sides from 8 to 128.
        width: channels after the first convolution.
        downsamplings: how often the sides are halved, rounding up, at least 1.
        batch_norm: whether to normalise behind all convolutions but the first and the last.
        wrap: function from a linear layer to the layer to use, such as `SpectralNormalization`.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, *image_shape]` → float32 logits `[batch, h, w, 1]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Reference: Isola et al. 2016, "Image-to-image translation with conditional adversarial
        networks", arXiv 1611.07004, section 3.2.2 and appendix 6.1.2.

    Example:
        >>> patch_discriminator((28, 28, 1), width=8).output_shape
        (None, 7, 7, 1)
    """
    halved_sizes("patch_discriminator", image_shape)
    checks.check_positive("patch_discriminator", width=width, downsamplings=downsamplings)
    images = keras.Input(tuple(image_shape), name="images")
    x = images
    for i in range(downsamplings + 1):
        strides = 2 if i < downsamplings else 1
        channels, normed = channels_at(width, i), batch_norm and i > 0
        x = dcgan._down(x, channels, strides, f"down_{i}", normed, wrap)
    # Float32 under every precision policy: losses are small differences of logits.
    last = keras.layers.Conv2D(1, 4, padding="same", name="logits", dtype="float32")
    return keras.Model(images, last(x) if wrap is None else wrap(last)(x), name=name)
