"""Convolutional networks for images of any shape from 8x8 to 128x128, and of sides 256 and 512.

Both walk the chain of `tfgen.networks.sizes`, one down and one up. Every normalisation stands right
behind a convolution without bias, so that it folds into the convolution's weights at export.
"""

import math

import keras

from tfgen.networks import conditioning
from tfgen.networks.checks import check_positive
from tfgen.networks.norm import batch_norm
from tfgen.networks.resize import ResizeConv2D
from tfgen.networks.sizes import channels_at, halved_sizes


def conv_encoder(
    image_shape: tuple[int, ...],
    outputs: int,
    width: int = 32,
    num_classes: int | None = None,
    name: str = "encoder",
) -> keras.Model:
    """Return a built network from images to vectors, by convolutions of stride 2.

    The channels are `width`, `2 * width`, `4 * width` and from there on `8 * width`. At 28x28x1,
    with 32 outputs and the default width, it has 158,912 weights.

    Args:
        image_shape: `(height, width, channels)`, with sides from 8 to 128, or 256 or 512.
        outputs: length of the vector: what the posterior needs, e.g. `2 * latent_dim`.
        width: channels after the first convolution.
        num_classes: number of classes, at least 2, to make the network class-conditional.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, *image_shape]` → float32 `[batch, outputs]`. With
        `num_classes` it takes `[images, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Example:
        >>> conv_encoder((28, 28, 1), outputs=32).output_shape
        (None, 32)
    """
    sizes = halved_sizes("conv_encoder", image_shape)
    check_positive("conv_encoder", outputs=outputs, width=width)
    images = keras.Input(tuple(image_shape), name="images")
    labels = conditioning.labels_input(num_classes, "conv_encoder")
    x = images
    for i, (size, smaller) in enumerate(zip(sizes, sizes[1:], strict=False)):
        strides = tuple(2 if a > b else 1 for a, b in zip(size, smaller, strict=True))
        x = _convolve(x, channels_at(width, i), f"down_{i}", strides)
        x = _add_labels_everywhere(x, labels if i == 0 else None, num_classes)
        x = keras.layers.LeakyReLU(0.2, name=f"down_{i}_activation")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    # The last layer is float32 under every precision policy: logits and log scales need it.
    x = keras.layers.Dense(outputs, name="outputs", dtype="float32")(x)
    return conditioning.model(images, labels, x, name)


def conv_decoder(
    latent_dim: int,
    image_shape: tuple[int, ...],
    width: int = 32,
    num_classes: int | None = None,
    name: str = "decoder",
) -> keras.Model:
    """Return a built network from latents to images, by resizing and convolutions.

    Nearest resize followed by a convolution leaves no checkerboard, and quantizes smaller and
    faster than transposed convolutions do. The channels mirror those of `conv_encoder`, with
    `width / 2` at full size, where they cost most. At 28x28x1, with 16 latents and the default
    width, it has 132,177 weights.

    Args:
        latent_dim: length of the latent vector.
        image_shape: `(height, width, parameters)`, with sides from 8 to 128, or 256 or 512;
            the last axis holds the parameters that the likelihood wants for each pixel.
        width: channels at half the full size.
        num_classes: number of classes, at least 2, to make the network class-conditional.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, latent_dim]` → float32 `[batch, *image_shape]`. With
        `num_classes` it takes `[latents, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for an image shape, or a number, out of its range.

    Reference:
        Odena et al. 2016, "Deconvolution and checkerboard artifacts", Distill.

    Example:
        >>> conv_decoder(16, (28, 28, 1)).output_shape
        (None, 28, 28, 1)
    """
    inputs, images = decoder_layers("conv_decoder", latent_dim, image_shape, width, num_classes)
    return conditioning.model(*inputs, images, name)


def decoder_layers(
    network: str,
    latent_dim: int,
    image_shape: tuple[int, ...],
    width: int,
    num_classes: int | None,
) -> tuple[tuple[keras.KerasTensor, keras.KerasTensor | None], keras.KerasTensor]:
    """Return `((latents, labels), images)`, Keras tensors of what errors call `network`."""
    sizes = halved_sizes(network, image_shape)
    check_positive(network, latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    labels = conditioning.labels_input(num_classes, network)
    depth = len(sizes) - 1
    coarsest = (*sizes[-1], channels_at(width, depth - 1))
    x = keras.layers.Dense(math.prod(coarsest), name="inputs")(latents)
    x = conditioning.add_labels(x, labels, num_classes)
    x = keras.layers.LeakyReLU(0.2, name="inputs_activation")(x)
    x = keras.layers.Reshape(coarsest, name="reshape")(x)
    for i in reversed(range(depth)):
        x = ResizeConv2D(channels_at(width, i - 1), sizes[i], use_bias=False, name=f"up_{i}")(x)
        x = batch_norm(x, f"up_{i}")
        x = keras.layers.LeakyReLU(0.2, name=f"up_{i}_activation")(x)
    # The last layer is float32 under every precision policy: logits and log scales need it.
    x = keras.layers.Conv2D(
        image_shape[-1], 3, padding="same", name="outputs", dtype="float32"
    )(x)  # fmt: skip
    return (latents, labels), x


def _convolve(x, channels, name, strides=1):
    """Convolution and normalisation: one convolution with a bias, once exported."""
    x = keras.layers.Conv2D(
        channels, 3, strides=strides, padding="same", use_bias=False, name=name
    )(x)  # fmt: skip
    return batch_norm(x, name)


def _add_labels_everywhere(x, labels, num_classes):
    """Add the vector of the class at every pixel, behind the norm so that the norm still folds."""
    if labels is None:
        return x
    vectors = keras.layers.Embedding(num_classes, x.shape[-1], name="label_embedding")(labels)
    vectors = keras.layers.Reshape((1, 1, x.shape[-1]), name="label_pixel")(vectors)
    return keras.layers.Add(name="add_label")([x, vectors])
