"""Convolutional networks for images of any shape from 8x8 to 128x128.

Both walk the same chain of sizes, one down and one up: each side is halved, rounding up, until it
is at most 4 (28 → 14 → 7 → 4). Every normalisation stands right behind a convolution without
bias, so that it folds into the convolution's weights at export.
"""

import math

import keras
import tensorflow as tf

from tfgen.networks import conditioning
from tfgen.networks.checks import check_positive

_SMALLEST_SIDE, _LARGEST_SIDE = 8, 128
_COARSEST_SIDE = 4


def conv_encoder(image_shape, outputs, width=32, num_classes=None, name="encoder"):
    """Return a built network from images to vectors, by convolutions of stride 2.

    The channels are `width`, `2 * width`, `4 * width` and from there on `8 * width`. At 28x28x1,
    with 32 outputs and the default width, it has 158,912 weights.

    Args:
        image_shape: `(height, width, channels)`, with sides from 8 to 128.
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
    sizes = _sizes("conv_encoder", image_shape)
    check_positive("conv_encoder", outputs=outputs, width=width)
    images = keras.Input(tuple(image_shape), name="images")
    labels = conditioning.labels_input(num_classes, "conv_encoder")
    x = images
    for i, (size, smaller) in enumerate(zip(sizes, sizes[1:], strict=False)):
        strides = tuple(2 if a > b else 1 for a, b in zip(size, smaller, strict=True))
        x = _convolve(x, _channels(width, i), f"down_{i}", strides)
        x = _add_labels_everywhere(x, labels if i == 0 else None, num_classes)
        x = keras.layers.LeakyReLU(0.2, name=f"down_{i}_activation")(x)
    x = keras.layers.Flatten(name="flatten")(x)
    # The last layer is float32 under every precision policy: logits and log scales need it.
    x = keras.layers.Dense(outputs, name="outputs", dtype="float32")(x)
    return conditioning.model(images, labels, x, name)


def conv_decoder(latent_dim, image_shape, width=32, num_classes=None, name="decoder"):
    """Return a built network from latents to images, by resizing and convolutions.

    Nearest resize followed by a convolution leaves no checkerboard, and quantizes smaller and
    faster than transposed convolutions do. The channels mirror those of `conv_encoder`, with
    `width / 2` at full size, where they cost most. At 28x28x1, with 16 latents and the default
    width, it has 132,177 weights.

    Args:
        latent_dim: length of the latent vector.
        image_shape: `(height, width, parameters)`, with sides from 8 to 128; the last axis holds
            the parameters that the likelihood wants for each pixel.
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
    sizes = _sizes("conv_decoder", image_shape)
    check_positive("conv_decoder", latent_dim=latent_dim, width=width)
    latents = keras.Input((latent_dim,), name="latents")
    labels = conditioning.labels_input(num_classes, "conv_decoder")
    depth = len(sizes) - 1
    coarsest = (*sizes[-1], _channels(width, depth - 1))
    x = keras.layers.Dense(math.prod(coarsest), name="inputs")(latents)
    x = conditioning.add_labels(x, labels, num_classes)
    x = keras.layers.LeakyReLU(0.2, name="inputs_activation")(x)
    x = keras.layers.Reshape(coarsest, name="reshape")(x)
    for i in reversed(range(depth)):
        x = NearestResize(sizes[i], name=f"up_{i}_resize")(x)
        x = _convolve(x, _channels(width, i - 1), f"up_{i}")
        x = keras.layers.LeakyReLU(0.2, name=f"up_{i}_activation")(x)
    # The last layer is float32 under every precision policy: logits and log scales need it.
    x = keras.layers.Conv2D(
        image_shape[-1], 3, padding="same", name="outputs", dtype="float32"
    )(x)  # fmt: skip
    return conditioning.model(latents, labels, x, name)


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

    def __init__(self, size, **kwargs):
        super().__init__(**kwargs)
        self.size = tuple(size)

    def build(self, input_shape):
        """Check that the images can be resized so."""
        for side, resized in zip(input_shape[1:3], self.size, strict=True):
            if resized not in (side, 2 * side - 1, 2 * side):
                raise ValueError(
                    f"NearestResize(size={self.size}) received images of {input_shape[1:3]} "
                    "pixels: each side may be kept, doubled, or doubled less one. Resize in steps."
                )

    def call(self, images):
        """Return `[batch, *size, channels]` for `[batch, height, width, channels]`."""
        return _resize(images, self.size)

    def compute_output_shape(self, input_shape):
        """Return the shape of the result, batch included."""
        return (input_shape[0], *self.size, input_shape[-1])

    def get_config(self):
        """Return the arguments of the constructor."""
        return {**super().get_config(), "size": self.size}


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


def _convolve(x, channels, name, strides=1):
    """Convolution and normalisation: one convolution with a bias, once exported."""
    x = keras.layers.Conv2D(
        channels, 3, strides=strides, padding="same", use_bias=False, name=name
    )(x)  # fmt: skip
    # Replicas share one mean and variance, so that one device or many train the same network.
    # Small data sets make few steps an epoch: statistics follow within 10 steps, not 100.
    return keras.layers.BatchNormalization(momentum=0.9, synchronized=True, name=f"{name}_norm")(x)


def _add_labels_everywhere(x, labels, num_classes):
    """Add the vector of the class at every pixel, behind the norm so that the norm still folds."""
    if labels is None:
        return x
    vectors = keras.layers.Embedding(num_classes, x.shape[-1], name="label_embedding")(labels)
    vectors = keras.layers.Reshape((1, 1, x.shape[-1]), name="label_pixel")(vectors)
    return keras.layers.Add(name="add_label")([x, vectors])


def _channels(width, step):
    """Channels after `step + 1` halvings; half the width at full size, where step is -1."""
    return max(1, int(width * 2 ** min(step, 3)))


def _sizes(network, image_shape):
    """Return the chain of sizes from the image's to the coarsest, [(h, w), ...]."""
    valid = len(image_shape) == 3 and all(isinstance(n, int) for n in image_shape)
    if not valid or image_shape[-1] < 1:
        raise ValueError(
            f"{network} received image_shape={tuple(image_shape)!r}: expected three positive "
            "integers. Set image_shape=(height, width, channels), without the batch."
        )
    sides = image_shape[:2]
    if min(sides) < _SMALLEST_SIDE or max(sides) > _LARGEST_SIDE:
        raise ValueError(
            f"{network} received image_shape={tuple(image_shape)!r}: both sides must be from "
            f"{_SMALLEST_SIDE} to {_LARGEST_SIDE} pixels. Resize or crop the images."
        )
    sizes = [tuple(sides)]
    while max(sizes[-1]) > _COARSEST_SIDE:
        sizes.append(tuple(_halve(side) for side in sizes[-1]))
    return sizes


def _halve(side):
    return -(-side // 2) if side > _COARSEST_SIDE else side
