"""The DCGAN pair, for images of any shape from 8x8 to 128x128, and of sides 256 and 512."""

from collections.abc import Callable

import keras

from tfgen.networks import checks, conditioning, conv, projection
from tfgen.networks.minibatch import MinibatchStdDev
from tfgen.networks.norm import batch_norm
from tfgen.networks.sizes import channels_at, halved_sizes


def dcgan_generator(
    latent_dim: int,
    image_shape: tuple[int, ...],
    width: int = 64,
    num_classes: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """Return a built network from latents to images in [-1, 1]: `conv_decoder` with a tanh.

    Args:
        latent_dim: length of the latent vector.
        image_shape: `(height, width, channels)`, with sides from 8 to 128, or 256 or 512.
        width: channels at half the full size.
        num_classes: number of classes, at least 2, to make the network class-conditional.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, latent_dim]` → float32 `[batch, *image_shape]`. With
        `num_classes` it takes `[latents, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Reference: Radford et al. 2015, arXiv 1511.06434. In place of transposed convolutions there
    are nearest resizes with convolutions, and leaky ReLUs, which convert and quantize well.

    Example:
        >>> dcgan_generator(16, (28, 28, 1), width=8).output_shape
        (None, 28, 28, 1)
    """
    inputs, x = conv.decoder_layers("dcgan_generator", latent_dim, image_shape, width, num_classes)
    images = keras.layers.Activation("tanh", name="tanh", dtype="float32")(x)
    return conditioning.model(*inputs, images, name)


def dcgan_discriminator(
    image_shape: tuple[int, ...],
    width: int = 64,
    num_classes: int | None = None,
    *,
    batch_norm: bool = True,
    wrap: Callable | None = None,
    group_size: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """Return a built network from images to logits, by 4x4 convolutions of stride 2.

    The channels are `width`, `2 * width`, `4 * width` and from there on `8 * width`, while the
    sides are halved until they are at most 4.

    Args:
        image_shape: `(height, width, channels)`, with sides from 8 to 128, or 256 or 512.
        width: channels after the first convolution.
        num_classes: number of classes, at least 2, for a projection discriminator.
        batch_norm: whether to normalise behind all convolutions but the first; not with gradient
            penalties, which need each example judged by itself.
        wrap: function from a linear layer to the layer to use, such as `SpectralNormalization`.
        group_size: examples in a group of `MinibatchStdDev` at the end; None for none.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, *image_shape]` → float32 `[batch, 1]`. With `num_classes` it
        takes `[images, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Reference: Radford et al. 2015, arXiv 1511.06434; weights begin as Keras's defaults, not as
    N(0, 0.02).

    Example:
        >>> dcgan_discriminator((28, 28, 1), width=8, batch_norm=False).output_shape
        (None, 1)
    """
    sizes = halved_sizes("dcgan_discriminator", image_shape)
    checks.check_positive("dcgan_discriminator", width=width)
    images = keras.Input(tuple(image_shape), name="images")
    labels = conditioning.labels_input(num_classes, "dcgan_discriminator")
    x = images
    for i, (size, smaller) in enumerate(zip(sizes, sizes[1:], strict=False)):
        strides = tuple(2 if a > b else 1 for a, b in zip(size, smaller, strict=True))
        normed = batch_norm and i > 0
        x = _down(x, channels_at(width, i), strides, f"down_{i}", normed, wrap)
    if group_size is not None:
        x = MinibatchStdDev(group_size, name="minibatch_std_dev")(x)
    features = keras.layers.Flatten(name="flatten")(x)
    logits = projection.logit(features, labels, num_classes, wrap)
    return conditioning.model(images, labels, logits, name)


def _down(x, channels, strides, name, normed, wrap):
    layer = keras.layers.Conv2D(
        channels, 4, strides=strides, padding="same", use_bias=not normed, name=name
    )
    x = layer(x) if wrap is None else wrap(layer)(x)
    if normed:
        x = batch_norm(x, name)
    return keras.layers.LeakyReLU(0.2, name=f"{name}_activation")(x)
