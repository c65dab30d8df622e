"""The residual pair of R3GAN, without any normalisation, for images from 8x8 to 128x128."""

import math

import keras

from tfgen.networks import checks, conditioning, projection
from tfgen.networks.minibatch import MinibatchStdDev
from tfgen.networks.resize import ResizeConv2D
from tfgen.networks.sizes import channels_at, halved_sizes

_SLOPE = 0.2
_GAIN = math.sqrt(2.0 / (1.0 + _SLOPE**2))  # keeps the variance through a leaky ReLU
_LAYERS_IN_BLOCK = 3


def r3gan_generator(
    latent_dim: int,
    image_shape: tuple[int, ...],
    width: int = 32,
    num_classes: int | None = None,
    *,
    blocks: int = 2,
    expansion: int = 2,
    name: str = "generator",
) -> keras.Model:
    """Return a built residual network from latents to images, without normalisation or bounds.

    From 4 pixels a side (see `conv_decoder` for the chain of sizes): `blocks` residual blocks at
    each size, and a nearest resize with a convolution to the next. The channels are
    `width` at full size and doubled with each halving, at most `8 * width`.

    Args:
        latent_dim: length of the latent vector.
        image_shape: `(height, width, channels)`, with sides from 8 to 128.
        width: channels at the full size.
        num_classes: number of classes, at least 2, to make the network class-conditional.
        blocks: residual blocks at each size.
        expansion: channels inside a block over those outside.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, latent_dim]` → float32 `[batch, *image_shape]`, of any value.
        With `num_classes` it takes `[latents, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Reference: Huang et al. 2025, arXiv 2501.05441, section 4 and figure 4: blocks 1x1, 3x3, 1x1
    with an inverted bottleneck, weights begun by fix-up (Zhang et al. 2019, arXiv 1901.09321). Here
    the 3x3 convolutions are not grouped, for TensorFlow can't train those on CPUs; sizes change by
    nearest resize with a 3x3 convolution instead of bilinear with 1x1, which phones run as one
    operation; and the first features are a dense layer instead of a learned basis.

    Example:
        >>> r3gan_generator(16, (28, 28, 1), width=4).output_shape
        (None, 28, 28, 1)
    """
    sizes = halved_sizes("r3gan_generator", image_shape)
    checks.check_positive(
        "r3gan_generator", latent_dim=latent_dim, width=width, blocks=blocks, expansion=expansion
    )
    latents = keras.Input((latent_dim,), name="latents")
    labels = conditioning.labels_input(num_classes, "r3gan_generator")
    depth, total = len(sizes) - 1, len(sizes) * blocks
    coarsest = (*sizes[-1], channels_at(width, depth))
    x = keras.layers.Dense(math.prod(coarsest), kernel_initializer=_scaled(1.0), name="inputs")(
        latents
    )
    x = conditioning.add_labels(x, labels, num_classes)
    x = keras.layers.Reshape(coarsest, name="reshape")(x)
    x = _blocks(x, blocks, expansion, total, f"size_{depth}")
    for i in reversed(range(depth)):
        x = ResizeConv2D(
            channels_at(width, i), sizes[i], kernel_initializer=_scaled(1.0), name=f"up_{i}"
        )(x)
        x = _blocks(x, blocks, expansion, total, f"size_{i}")
    # The last layer is float32 under every precision policy.
    x = keras.layers.Conv2D(
        image_shape[-1], 1, kernel_initializer=_scaled(1.0), name="outputs", dtype="float32"
    )(x)
    return conditioning.model(latents, labels, x, name)


def r3gan_discriminator(
    image_shape: tuple[int, ...],
    width: int = 32,
    num_classes: int | None = None,
    *,
    blocks: int = 2,
    expansion: int = 2,
    group_size: int | None = None,
    name: str = "discriminator",
) -> keras.Model:
    """Return a built residual network from images to logits, without normalisation.

    The generator's mirror image: `blocks` residual blocks at each size, then an average of 2x2
    pixels and a 1x1 convolution to the next.

    Args:
        image_shape: `(height, width, channels)`, with sides from 8 to 128.
        width: channels at the full size.
        num_classes: number of classes, at least 2, for a projection discriminator.
        blocks: residual blocks at each size.
        expansion: channels inside a block over those outside.
        group_size: examples in a group of `MinibatchStdDev` at the end; None, as in the paper,
            for none. It is not for gradient penalties, which need each example judged by itself.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, *image_shape]` → float32 `[batch, 1]`. With `num_classes` it
        takes `[images, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Reference: as for `r3gan_generator`; the end is the paper's: one 4x4 filter for each channel,
    then a dense layer.

    Example:
        >>> r3gan_discriminator((28, 28, 1), width=4).output_shape
        (None, 1)
    """
    sizes = halved_sizes("r3gan_discriminator", image_shape)
    checks.check_positive("r3gan_discriminator", width=width, blocks=blocks, expansion=expansion)
    images = keras.Input(tuple(image_shape), name="images")
    labels = conditioning.labels_input(num_classes, "r3gan_discriminator")
    total = len(sizes) * blocks
    x = _convolve(images, width, 1, "inputs")
    x = _blocks(x, blocks, expansion, total, "size_0")
    for i, (size, smaller) in enumerate(zip(sizes, sizes[1:], strict=False), start=1):
        pool = tuple(2 if a > b else 1 for a, b in zip(size, smaller, strict=True))
        x = keras.layers.AveragePooling2D(pool, padding="same", name=f"down_{i}_pool")(x)
        x = _convolve(x, channels_at(width, i), 1, f"down_{i}")
        x = _blocks(x, blocks, expansion, total, f"size_{i}")
    if group_size is not None:
        x = MinibatchStdDev(group_size, name="minibatch_std_dev")(x)
    x = keras.layers.DepthwiseConv2D(
        sizes[-1], depthwise_initializer=_scaled(1.0), use_bias=False, name="basis"
    )(x)
    features = keras.layers.Flatten(name="flatten")(x)
    logits = projection.logit(features, labels, num_classes)
    return conditioning.model(images, labels, logits, name)


def _blocks(x, blocks, expansion, total, name):
    for i in range(blocks):
        x = _block(x, expansion, total, f"{name}_block_{i}")
    return x


def _block(x, expansion, total, name):
    """Three convolutions beside the identity, which is all there is at first.

        x + conv1x1(act(conv3x3(act(conv1x1(x)))))

    With `total` blocks, fix-up divides the first layers by `total^(1 / (2 * layers - 2))`.
    """
    channels = x.shape[-1]
    gain = _GAIN * total ** (-1.0 / (2 * _LAYERS_IN_BLOCK - 2))
    y = _convolve(x, channels * expansion, 1, f"{name}_in", gain)
    y = keras.layers.LeakyReLU(_SLOPE, name=f"{name}_in_activation")(y)
    y = _convolve(y, channels * expansion, 3, f"{name}_middle", gain)
    y = keras.layers.LeakyReLU(_SLOPE, name=f"{name}_middle_activation")(y)
    y = keras.layers.Conv2D(
        channels, 1, kernel_initializer="zeros", use_bias=False, name=f"{name}_out"
    )(y)
    return keras.layers.Add(name=f"{name}_add")([x, y])


def _convolve(x, channels, size, name, gain=1.0):
    layer = keras.layers.Conv2D(
        channels, size, padding="same", kernel_initializer=_scaled(gain), name=name
    )
    return layer(x)


def _scaled(gain):
    """Normal, of standard deviation `gain / sqrt(fan_in)`."""
    return keras.initializers.VarianceScaling(gain**2, "fan_in", "untruncated_normal")
