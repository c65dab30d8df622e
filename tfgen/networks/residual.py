"""The residual pair of spectrally normalised GANs, for images from 8x8 to 128x128."""

import math
from collections.abc import Callable

import keras

from tfgen.networks import checks, conditioning, projection
from tfgen.networks.norm import batch_norm
from tfgen.networks.resize import NearestResize, ResizeConv2D
from tfgen.networks.sizes import halved_sizes
from tfgen.networks.spectral import SpectralNormalization


def residual_generator(
    latent_dim: int,
    image_shape: tuple[int, ...],
    width: int = 128,
    num_classes: int | None = None,
    name: str = "generator",
) -> keras.Model:
    """Return a built residual network from latents to images in [-1, 1].

    From 4 pixels a side (see `conv_decoder` for the chain of sizes), a block at each size: norm,
    activation, resize, convolution, norm, activation, convolution, plus the resized input through
    a 1x1 convolution. All blocks have `width` channels.

    Args:
        latent_dim: length of the latent vector.
        image_shape: `(height, width, channels)`, with sides from 8 to 128.
        width: channels of every block; the paper has 256 for 32 pixels.
        num_classes: number of classes, at least 2, to make the network class-conditional.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, latent_dim]` → float32 `[batch, *image_shape]`. With
        `num_classes` it takes `[latents, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Reference: Miyato et al. 2018, arXiv 1802.05957, table 4. Here leaky ReLUs, and classes by an
    embedding at the first layer instead of conditional normalisation.

    Example:
        >>> residual_generator(16, (32, 32, 3), width=8).output_shape
        (None, 32, 32, 3)
    """
    sizes = halved_sizes("residual_generator", image_shape)
    checks.check_positive("residual_generator", latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    labels = conditioning.labels_input(num_classes, "residual_generator")
    coarsest = (*sizes[-1], width)
    x = keras.layers.Dense(math.prod(coarsest), name="inputs")(latents)
    x = conditioning.add_labels(x, labels, num_classes)
    x = keras.layers.Reshape(coarsest, name="reshape")(x)
    for i, size in enumerate(reversed(sizes[:-1])):
        x = _up_block(x, size, width, f"up_{i}")
    x = _norm_activation(x, "outputs")
    # The last layer is float32 under every precision policy.
    x = keras.layers.Conv2D(
        image_shape[-1], 3, padding="same", activation="tanh", name="outputs", dtype="float32"
    )(x)
    return conditioning.model(latents, labels, x, name)


def residual_discriminator(
    image_shape: tuple[int, ...],
    width: int = 128,
    num_classes: int | None = None,
    wrap: Callable = SpectralNormalization,
    name: str = "discriminator",
) -> keras.Model:
    """Return a built residual network from images to logits, spectrally normalised.

    Blocks of two convolutions halve the sides until they are at most 8; two more blocks follow,
    then a sum over all positions. No batch normalisation: any loss and penalty will do.

    Args:
        image_shape: `(height, width, channels)`, with sides from 8 to 128.
        width: channels of every block; the paper has 128 for 32 pixels.
        num_classes: number of classes, at least 2, for a projection discriminator.
        wrap: function from a linear layer to the layer to use; None for plain layers.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, *image_shape]` → float32 `[batch, 1]`. With `num_classes` it
        takes `[images, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Reference: Miyato et al. 2018, arXiv 1802.05957, table 4, with leaky ReLUs.

    Example:
        >>> residual_discriminator((32, 32, 3), width=8).output_shape
        (None, 1)
    """
    sizes = halved_sizes("residual_discriminator", image_shape)[:-1]
    checks.check_positive("residual_discriminator", width=width)
    images = keras.Input(tuple(image_shape), name="images")
    labels = conditioning.labels_input(num_classes, "residual_discriminator")
    x = images
    for i, (size, smaller) in enumerate(zip(sizes, sizes[1:], strict=False)):
        pool = tuple(2 if a > b else 1 for a, b in zip(size, smaller, strict=True))
        x = _down_block(x, width, pool, f"down_{i}", wrap, first=i == 0)
    for i in range(2):
        x = _down_block(x, width, None, f"flat_{i}", wrap, first=x is images)
    x = keras.layers.LeakyReLU(0.2, name="activation")(x)
    height, breadth = x.shape[1:3]
    x = keras.layers.GlobalAveragePooling2D(name="mean")(x)
    features = keras.layers.Rescaling(height * breadth, name="sum")(x)
    logits = projection.logit(features, labels, num_classes, wrap)
    return conditioning.model(images, labels, logits, name)


def _up_block(x, size, width, name):
    resize = NearestResize(size, name=f"{name}_resize_skip")
    skip = keras.layers.Conv2D(width, 1, name=f"{name}_skip")(resize(x))
    x = _norm_activation(x, f"{name}_0")
    x = ResizeConv2D(width, size, use_bias=False, name=f"{name}_0")(x)
    x = _norm_activation(x, f"{name}_1")
    x = keras.layers.Conv2D(width, 3, padding="same", name=f"{name}_1")(x)
    return keras.layers.Add(name=f"{name}_add")([skip, x])


def _norm_activation(x, name):
    x = batch_norm(x, name)
    return keras.layers.LeakyReLU(0.2, name=f"{name}_activation")(x)


def _down_block(x, width, pool, name, wrap, first):
    """Two convolutions beside a 1x1 convolution or nothing; `first` begins without activation."""

    def convolve(x, size, suffix):
        layer = keras.layers.Conv2D(width, size, padding="same", name=f"{name}_{suffix}")
        return layer(x) if wrap is None else wrap(layer)(x)

    def shrink(x, suffix):
        if pool is None:
            return x
        return keras.layers.AveragePooling2D(pool, padding="same", name=f"{name}_{suffix}")(x)

    # At the same size and width the input itself is added. The average commutes with the 1x1
    # convolution, and comes first where that is cheaper.
    changes = pool is not None or x.shape[-1] != width
    skip = convolve(shrink(x, "pool_skip"), 1, "skip") if changes else x
    if not first:
        x = keras.layers.LeakyReLU(0.2, name=f"{name}_0_activation")(x)
    x = convolve(x, 3, "0")
    x = keras.layers.LeakyReLU(0.2, name=f"{name}_1_activation")(x)
    x = shrink(convolve(x, 3, "1"), "pool")
    return keras.layers.Add(name=f"{name}_add")([skip, x])
