"""Velocities of vectors at a time, for flows: a residual perceptron, and what its like share."""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen.networks import conditioning
from tfgen.networks.checks import check_positive


def velocity_mlp(
    shape: Sequence[int],
    width: int = 256,
    depth: int = 4,
    num_classes: int | None = None,
    times: int = 1,
    name: str = "velocity",
) -> keras.Model:
    """Return a built network from vectors, times and labels to velocities, for `tfgen.flow`.

    Blocks of two dense layers are added to a stream of `width` numbers; time and class scale and
    shift what each of them sees.

    Args:
        shape: of one vector, `(size,)`.
        width: of the stream, and of the hidden layers.
        depth: number of blocks, at least 1.
        num_classes: number of classes, at least 2, for a class-conditional network; its label
            `num_classes` stands for none.
        times: how many times it is told: 1 for `FlowMatching`, 2 for `MeanFlow`.
        name: the model's name.

    Returns:
        A keras.Model: `[x float [batch, size], t float [batch, times]]`, with labels int32 [batch]
        where there are classes → float32 [batch, size].

    Raises:
        ValueError: for numbers out of range.

    Reference: Perez et al. 2017, "FiLM", arXiv 1709.07871; Peebles and Xie 2022, arXiv 2212.09748,
        section 3.2, for such blocks conditioned on time.

    Example:
        >>> velocity_mlp((16,), width=8, depth=1)([tf.zeros([3, 16]), tf.zeros([3, 1])]).shape
        TensorShape([3, 16])
    """
    if len(tuple(shape)) != 1:
        raise ValueError(
            f"velocity_mlp received shape={tuple(shape)}: expected (size,), that of vectors. For "
            "images, use velocity_unet."
        )
    (size,) = shape
    check_positive("velocity_mlp", size=size, width=width, depth=depth, times=times)
    inputs, condition = condition_inputs("velocity_mlp", (size,), width, num_classes, times)
    x = keras.layers.Dense(width, name="inputs")(inputs[0])
    for i in range(depth):
        h = ModulatedNorm(name=f"block_{i}_norm")([x, condition])
        h = keras.layers.Dense(width, name=f"block_{i}_first")(h)
        h = keras.layers.Activation("silu", name=f"block_{i}_activation")(h)
        h = keras.layers.Dense(width, name=f"block_{i}_second")(h)
        x = keras.layers.Add(name=f"block_{i}_add")([x, h])
    x = ModulatedNorm(name="outputs_norm")([x, condition])
    # The last layer is float32 under every precision policy: velocities are summed up.
    x = keras.layers.Dense(size, kernel_initializer=small(), name="outputs", dtype="float32")(x)
    return keras.Model(inputs, x, name=name)


def small() -> keras.initializers.Initializer:
    """Return the first weights of what networks answer: at first hardly anything."""
    return keras.initializers.VarianceScaling(1e-2, "fan_in")


def condition_inputs(
    network: str, shape: tuple[int, ...], width: int, num_classes: int | None, times: int
) -> tuple[list, keras.KerasTensor]:
    """Return the inputs `[x, t]`, or `[x, t, labels]`, and a vector of time and class.

    Args:
        network: what errors call the network.
        shape: of one x.
        width: of the vector.
        num_classes: number of classes, or None.
        times: how many times there are.

    Returns:
        The inputs, and a symbolic tensor `[batch, width]`.
    """
    x = keras.Input(shape, name="x")
    t = keras.Input((times,), name="t")
    labels = conditioning.labels_input(num_classes, network)
    # Where there are two times, their network is differentiated by them: it had better be smooth.
    highest = 16.0 if times == 1 else 2.0
    c = FourierFeatures(highest=highest, name="time_waves", dtype="float32")(t)
    c = keras.layers.Dense(width, name="time_first")(c)
    c = keras.layers.Activation("silu", name="time_activation")(c)
    c = keras.layers.Dense(width, name="time_second")(c)
    if num_classes is not None:
        vectors = keras.layers.Embedding(num_classes + 1, width, name="label_embedding")(labels)
        c = keras.layers.Add(name="add_label")([c, vectors])
    c = keras.layers.Activation("silu", name="condition")(c)
    return [x, t] if labels is None else [x, t, labels], c


@keras.saving.register_keras_serializable(package="tfgen")
class FourierFeatures(keras.layers.Layer):
    """Times in [0, 1] as sines and cosines of waves, from half of one to `highest / 2`.

    Args:
        count: of frequencies, in equal ratios.
        highest: the highest, in half turns per unit of time. The derivative by time grows with it.
        **kwargs: as for any Keras layer.

    Reference: Vaswani et al. 2017, arXiv 1706.03762, section 3.5.

    Example:
        >>> FourierFeatures(count=2)(tf.constant([[0.0]])).numpy().tolist()
        [[0.0, 0.0, 1.0, 1.0]]
    """

    def __init__(self, count: int = 16, highest: float = 16.0, **kwargs: Any):
        super().__init__(**kwargs)
        self.count, self.highest = count, highest
        self.built = True

    def call(self, times: tf.Tensor) -> tf.Tensor:
        """Return `[batch, 2 * count * times]` for `[batch, times]`."""
        waves = np.pi * np.geomspace(1.0, self.highest, self.count).astype(np.float32)
        columns = tf.split(tf.cast(times, tf.float32), times.shape[-1], axis=-1)
        angles = tf.concat([column * waves[None] for column in columns], axis=-1)
        return tf.concat([tf.sin(angles), tf.cos(angles)], axis=-1)

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the result, batch included."""
        return (input_shape[0], 2 * self.count * input_shape[-1])

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), "count": self.count, "highest": self.highest}


@keras.saving.register_keras_serializable(package="tfgen")
class ModulatedNorm(keras.layers.Layer):
    """Normalises the channels by their root mean square, then scales and shifts them by a vector.

        x / rms(x) * (1 + a) + b,   [a, b] = dense(condition)

    It takes `[x, condition]`, x `[batch, ..., channels]` with none or two axes between, and the
    condition `[batch, width]`.

    Example:
        >>> ModulatedNorm()([tf.constant([[3.0, 4.0]]), tf.zeros([1, 1])]).numpy().round(3)
        array([[0.849, 1.131]], dtype=float32)
    """

    def build(self, input_shape: Sequence[tuple[int, ...]]) -> None:
        """Make the weights."""
        channels, width = input_shape[0][-1], input_shape[1][-1]
        self.dense = keras.layers.Dense(2 * channels, dtype=self.dtype_policy, name="modulation")
        self.dense.build((None, width))

    def call(self, inputs: Sequence[tf.Tensor]) -> tf.Tensor:
        """Return what x becomes, of its shape."""
        x, condition = inputs
        modulation = self.dense(condition)
        middle = [1] * (x.shape.rank - 2)
        modulation = tf.reshape(modulation, [-1, *middle, modulation.shape[-1]])
        scale, shift = tf.split(modulation, 2, axis=-1)
        power = tf.reduce_mean(tf.square(x), axis=-1, keepdims=True)
        return x * tf.math.rsqrt(power + 1e-6) * (1.0 + scale) + shift

    def compute_output_shape(self, input_shape: Sequence[tuple[int, ...]]) -> tuple[int, ...]:
        """Return the shape of x, batch included."""
        return tuple(input_shape[0])
