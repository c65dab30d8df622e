"""Convolutional networks from images, or sequences, to a grid of vectors and back.

Both walk the same chain of sizes, one down and one up: each side is halved, rounding up, once for
each downsampling (28 → 14 → 7), with residual blocks at the coarsest size. A sequence is an image
of width 1. Every normalisation stands right behind a convolution without bias, so that it folds
into the convolution's weights at export.
"""

import keras

from tfgen.networks.checks import check_positive
from tfgen.networks.norm import batch_norm
from tfgen.networks.resize import ResizeConv2D


def grid_encoder(
    input_shape: tuple[int, ...],
    code_dim: int,
    downsamplings: int = 2,
    width: int = 32,
    blocks: int = 2,
    name: str = "encoder",
) -> keras.Model:
    """Return a built network from images, or sequences, to a grid of vectors.

    The channels double with every downsampling, from `width` at half the size.

    Args:
        input_shape: `(height, width, channels)`, or `(length, channels)` for sequences.
        code_dim: size of each vector: what the quantizer takes.
        downsamplings: how often the sides are halved, at least 1.
        width: channels after the first convolution.
        blocks: residual blocks at the coarsest size, at least 0.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, *input_shape]` → float32 `[batch, h, w, code_dim]`, or
        `[batch, l, code_dim]`.

    Raises:
        ValueError: for a shape that is neither, sides too small to be halved so often, or numbers
            out of range.

    Reference:
        van den Oord et al. 2017, arXiv 1711.00937, section 4.1, for strided convolutions and
        residual blocks; normalisation is ours.

    Example:
        >>> grid_encoder((28, 28, 1), code_dim=8).output_shape
        (None, 7, 7, 8)
        >>> grid_encoder((100, 2), code_dim=8).output_shape
        (None, 25, 8)
    """
    sizes = _sizes("grid_encoder", input_shape, downsamplings)
    check_positive("grid_encoder", code_dim=code_dim, width=width)
    inputs = keras.Input(tuple(input_shape), name="inputs")
    x = _as_image(inputs)
    for i, (size, smaller) in enumerate(zip(sizes, sizes[1:], strict=False)):
        strides = tuple(2 if a > b else 1 for a, b in zip(size, smaller, strict=True))
        x = _convolve(x, width * 2**i, f"down_{i}", strides)
        x = keras.layers.LeakyReLU(0.2, name=f"down_{i}_activation")(x)
    x = _residual_blocks(x, blocks)
    # The last layer is float32 under every precision policy: codes are small differences.
    x = keras.layers.Conv2D(code_dim, 1, name="outputs", dtype="float32")(x)
    return keras.Model(inputs, _without_width(x, len(input_shape)), name=name)


def grid_decoder(
    code_dim: int,
    output_shape: tuple[int, ...],
    downsamplings: int = 2,
    width: int = 32,
    blocks: int = 2,
    name: str = "decoder",
) -> keras.Model:
    """Return a built network from a grid of vectors to images, or sequences.

    Nearest resize followed by a convolution, as in `conv_decoder`; the channels mirror those of
    `grid_encoder`, with `width / 2` at full size.

    Args:
        code_dim: size of each vector.
        output_shape: `(height, width, parameters)`, or `(length, parameters)`; the last axis holds
            what the likelihood wants for each pixel.
        downsamplings: as for `grid_encoder`.
        width: channels at half the full size.
        blocks: residual blocks at the coarsest size, at least 0.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, h, w, code_dim]`, or `[batch, l, code_dim]` → float32
        `[batch, *output_shape]`.

    Raises:
        ValueError: as for `grid_encoder`.

    Example:
        >>> decoder = grid_decoder(8, (28, 28, 1))
        >>> decoder.input_shape, decoder.output_shape
        ((None, 7, 7, 8), (None, 28, 28, 1))
    """
    sizes = _sizes("grid_decoder", output_shape, downsamplings)
    check_positive("grid_decoder", code_dim=code_dim, width=width)
    sequence = len(output_shape) == 2
    grid = (sizes[-1][0], code_dim) if sequence else (*sizes[-1], code_dim)
    codes = keras.Input(grid, name="codes")
    x = _convolve(_as_image(codes), width * 2 ** (downsamplings - 1), "inputs")
    x = _residual_blocks(x, blocks)
    x = keras.layers.LeakyReLU(0.2, name="inputs_activation")(x)
    for i in reversed(range(downsamplings)):
        channels = max(1, int(width * 2 ** (i - 1)))
        x = ResizeConv2D(channels, sizes[i], _kernel(x), use_bias=False, name=f"up_{i}")(x)
        x = batch_norm(x, f"up_{i}")
        x = keras.layers.LeakyReLU(0.2, name=f"up_{i}_activation")(x)
    # The last layer is float32 under every precision policy: logits and log scales need it.
    x = keras.layers.Conv2D(
        output_shape[-1], _kernel(x), padding="same", name="outputs", dtype="float32"
    )(x)
    return keras.Model(codes, _without_width(x, len(output_shape)), name=name)


def _residual_blocks(x, count):
    """Return x + convolution(activation(convolution(activation(x)))), `count` times over."""
    channels = x.shape[-1]
    for i in range(count):
        y = keras.layers.LeakyReLU(0.2, name=f"block_{i}_activation_0")(x)
        y = _convolve(y, channels, f"block_{i}_0")
        y = keras.layers.LeakyReLU(0.2, name=f"block_{i}_activation_1")(y)
        y = _convolve(y, channels, f"block_{i}_1")
        x = keras.layers.Add(name=f"block_{i}")([x, y])
    return x


def _convolve(x, channels, name, strides=1):
    """Convolution and normalisation: one convolution with a bias, once exported."""
    x = keras.layers.Conv2D(
        channels, _kernel(x), strides=strides, padding="same", use_bias=False, name=name
    )(x)
    return batch_norm(x, name)


def _kernel(x):
    """3 in each direction in which there is more than one place."""
    return tuple(1 if side == 1 else 3 for side in x.shape[1:3])


def _as_image(x):
    """Give a sequence a width of 1: two-dimensional operations are those that devices have."""
    if len(x.shape) == 4:
        return x
    length, channels = x.shape[1:]
    return keras.layers.Reshape((length, 1, channels), name="with_width")(x)


def _without_width(x, rank):
    if rank == 3:
        return x
    shape = (x.shape[1], x.shape[-1])
    return keras.layers.Reshape(shape, name="without_width", dtype="float32")(x)


def _sizes(network, shape, downsamplings):
    """Return the chain of sizes, [(h, w), ...], the coarsest last; a sequence has w = 1."""
    if len(shape) not in (2, 3) or not all(isinstance(n, int) and n > 0 for n in shape):
        raise ValueError(
            f"{network} received the shape {tuple(shape)!r}: expected (height, width, channels) or "
            "(length, channels), positive integers without the batch."
        )
    check_positive(network, downsamplings=downsamplings)
    sizes = [tuple(shape[:-1]) if len(shape) == 3 else (shape[0], 1)]
    for _ in range(downsamplings):
        sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
    if sizes[-2][0] == 1:
        raise ValueError(
            f"{network} received downsamplings={downsamplings} for the shape {tuple(shape)!r}: "
            f"{sizes[0][0]} can't be halved so often. Use fewer downsamplings."
        )
    return sizes
