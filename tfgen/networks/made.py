"""A perceptron in which every number depends on those before it only."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen.networks import conditioning
from tfgen.networks.checks import check_positive


def masked_mlp(
    size: int,
    outputs: int = 2,
    hidden: Sequence[int] = (128, 128),
    num_classes: int | None = None,
    name: str | None = None,
) -> keras.Model:
    """Return a built perceptron whose outputs at place t see the inputs before t alone.

    Args:
        size: numbers of one input, at least 1.
        outputs: numbers at each place.
        hidden: widths of the hidden layers.
        num_classes: number of classes, at least 2, to make the network class-conditional.
        name: the model's name.

    Returns:
        A keras.Model: float `[batch, size]`, with labels where there are classes → float32 `[batch,
        outputs * size]`, all places of the first number, then of the next.

    Reference: Germain et al. 2015, "MADE", arXiv 1502.03509, section 4.

    Example:
        >>> masked_mlp(3, hidden=(8,))(tf.zeros([2, 3])).shape
        TensorShape([2, 6])
    """
    check_positive("masked_mlp", size=size, outputs=outputs)
    inputs = keras.Input((size,), name="inputs")
    labels = conditioning.labels_input(num_classes, "masked_mlp")
    x, degrees = inputs, np.arange(1, size + 1)
    for i, width in enumerate(hidden):
        own = 1 + np.arange(width) % max(1, size - 1)  # sees inputs up to its degree
        x = MaskedDense(width, degrees.tolist(), own.tolist(), name=f"dense_{i}")(x)
        x = conditioning.add_labels(x, labels if i == 0 else None, num_classes)
        x = keras.layers.Activation("silu", name=f"activation_{i}")(x)
        degrees = own
    last = np.tile(np.arange(size), outputs)  # of degree t - 1 at place t
    # The last layer is float32 under every precision policy.
    x = MaskedDense(
        len(last), degrees.tolist(), last.tolist(), name="outputs", dtype="float32"
    )(x)  # fmt: skip
    return conditioning.model(inputs, labels, x, name)


@keras.saving.register_keras_serializable(package="tfgen")
class MaskedDense(keras.layers.Dense):
    """A dense layer without the weights from higher degrees to lower ones.

    Args:
        units: of the output.
        before: degree of each input.
        after: degree of each output, which sees inputs of its degree or less.
        **kwargs: as for `keras.layers.Dense`.

    Example:
        >>> layer = MaskedDense(2, before=[1, 2], after=[0, 1], kernel_initializer="ones")
        >>> layer(tf.constant([[10.0, 1.0]])).numpy().tolist()
        [[0.0, 10.0]]
    """

    def __init__(self, units: int, before: Sequence[int], after: Sequence[int], **kwargs: Any):
        super().__init__(units, **kwargs)
        self.before, self.after = list(before), list(after)

    def call(self, inputs: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return `[batch, units]`."""
        mask = np.array(self.before)[:, None] <= np.array(self.after)[None]
        kernel = tf.convert_to_tensor(self.kernel)
        x = tf.matmul(inputs, kernel * tf.constant(mask, kernel.dtype))
        return self.activation(x if self.bias is None else x + self.bias)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "before": self.before, "after": self.after}
