"""A multilayer perceptron between tensors of any shape."""

import math
from collections.abc import Callable, Sequence

import keras

from tfgen.networks import conditioning


def mlp(
    input_shape: tuple[int, ...],
    output_shape: tuple[int, ...],
    hidden: Sequence[int] = (200, 200),
    activation: str | Callable = "relu",
    num_classes: int | None = None,
    name: str | None = None,
) -> keras.Model:
    """Return a built multilayer perceptron: flatten → dense layers → reshape.

    Use it for small images, for latents and wherever speed matters more than sharpness. It has
    `sum((a + 1) * b)` weights over its consecutive widths `a`, `b`, and `num_classes * b` more,
    with `b` its first width, where there are classes.

    Args:
        input_shape: shape of one input, without the batch: a tuple of positive ints.
        output_shape: shape of one output, likewise.
        hidden: widths of the hidden layers; `()` makes a linear map.
        activation: name of a Keras activation, or a function, after each hidden layer.
        num_classes: number of classes, at least 2, to make the network class-conditional.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, *input_shape]` → float32 `[batch, *output_shape]`. With
        `num_classes` it takes `[inputs, labels]`, labels int32 `[batch]`.

    Raises:
        ValueError: for shapes or widths that are not positive, or fewer than 2 classes.

    Example:
        >>> network = mlp((28, 28, 1), (32,), hidden=(64,))
        >>> network.output_shape
        (None, 32)
        >>> network.count_params() == (784 + 1) * 64 + (64 + 1) * 32
        True
    """
    _check(input_shape=input_shape, output_shape=output_shape, hidden=hidden)
    inputs = keras.Input(tuple(input_shape), name="inputs")
    labels = conditioning.labels_input(num_classes, "mlp")
    *widths, last = *hidden, math.prod(output_shape)
    x = keras.layers.Flatten(name="flatten")(inputs)
    for i, width in enumerate(widths):
        x = keras.layers.Dense(width, name=f"dense_{i}")(x)
        x = conditioning.add_labels(x, labels if i == 0 else None, num_classes)
        x = keras.layers.Activation(activation, name=f"activation_{i}")(x)
    # The last layer is float32 under every precision policy: logits and log scales need it.
    x = keras.layers.Dense(last, name="outputs", dtype="float32")(x)
    if not widths:
        x = conditioning.add_labels(x, labels, num_classes)
    x = keras.layers.Reshape(tuple(output_shape), name="reshape", dtype="float32")(x)
    return conditioning.model(inputs, labels, x, name)


def _check(**sizes):
    for argument, size in sizes.items():
        if not all(isinstance(n, int) and n > 0 for n in size):
            raise ValueError(
                f"mlp received {argument}={size!r}: expected positive integers. "
                f"Set {argument} to a tuple such as (28, 28, 1), without the batch."
            )
