"""Spectral normalisation: layers whose matrix has the largest singular value 1."""

from typing import Any

import keras
import tensorflow as tf

_TINY = 1e-12
_FIRST_ITERATIONS = 10  # so that the first steps don't train against an estimate far too small


@keras.saving.register_keras_serializable(package="tfgen")
class SpectralNormalization(keras.layers.Wrapper):
    """Divides the weights of a linear layer by their largest singular value: W / sigma(W).

    With it a discriminator is 1-Lipschitz layer by layer; use it with `losses.hinge`.

    sigma = u^T W v is an estimate by power iteration, and W learns through it:
    `d sigma / d W = u v^T`, with u and v constant. `u` and `v` are weights without gradients. They
    move only by `advance_power_iterations(network)`, which `tfgen.GAN` calls once for each update
    of the weights, however often the step calls the layer; calls in training and evaluation alike
    leave them as they are. In a training step of your own, call it before the forward pass.

    Since the layer is linear, its outputs are divided rather than its weights:
    `(W x + b - b) / sigma + b`. Any layer will do that has one `kernel` (`Dense`, `Conv2D`) or
    `embeddings` and no activation. W is the matrix of all other axes against the last one.

    Args:
        layer: a Dense, convolution or Embedding layer without activation.
        **kwargs: `name` and `dtype`.

    Raises:
        ValueError: for a layer with an activation, or with neither kernel nor embeddings.

    Example:
        >>> import numpy as np
        >>> layer = SpectralNormalization(keras.layers.Dense(3, use_bias=False))
        >>> y = layer(tf.ones([1, 4]))
        >>> for _ in range(50):
        ...     layer.advance()
        >>> sigma = np.linalg.svd(layer.layer.kernel.numpy(), compute_uv=False)[0]
        >>> bool(abs(sigma - layer.sigma()) < 1e-4)
        True

    Reference: Miyato et al. 2018, arXiv 1802.05957, algorithm 1 and equation 10 for the gradient.
    Here 10 iterations are made when the layer is built, and one per step from there on.
    """

    def __init__(self, layer: keras.layers.Layer, **kwargs: Any):
        super().__init__(layer, **kwargs)
        activation = getattr(layer, "activation", None)
        if activation not in (None, keras.activations.linear):
            raise ValueError(
                f"SpectralNormalization received {type(layer).__name__} with the activation "
                f"{keras.activations.serialize(activation)}: the layer must be linear. Put the "
                "activation in a layer behind it."
            )

    def build(self, input_shape: tuple[int, ...] | None = None) -> None:
        """Build the layer and begin the power iteration."""
        super().build(input_shape)
        kernel = self._kernel
        rows, columns = int(tf.size(kernel)) // kernel.shape[-1], kernel.shape[-1]
        self.u = self._vector(rows, "u")
        self.v = self._vector(columns, "v")
        for _ in range(_FIRST_ITERATIONS):
            self.advance()

    def _vector(self, size, name):
        # The first replica's value is given to all: nothing can let them drift apart.
        return self.add_weight(
            (size,),
            "random_normal",
            "float32",
            trainable=False,
            autocast=False,
            aggregation="only_first_replica",
            name=name,
        )

    @property
    def _kernel(self):
        for name in ("kernel", "embeddings"):
            if hasattr(self.layer, name):
                return tf.convert_to_tensor(getattr(self.layer, name))
        raise ValueError(
            f"SpectralNormalization received {type(self.layer).__name__}, which has no kernel and "
            "no embeddings: expected a Dense, convolution or Embedding layer. Leave it as it is."
        )

    def _matrix(self):
        kernel = tf.cast(self._kernel, tf.float32)
        return tf.reshape(kernel, [-1, kernel.shape[-1]])  # [rows, columns]

    def sigma(self) -> tf.Tensor:
        """Return u^T W v, the estimate of the largest singular value, float32 scalar."""
        u, v = (tf.convert_to_tensor(vector) for vector in (self.u, self.v))
        return tf.tensordot(u, tf.linalg.matvec(self._matrix(), v), 1)

    def advance(self) -> None:
        """Do one power iteration: u = W v / |W v|, v = W^T u / |W^T u|."""
        matrix = tf.stop_gradient(self._matrix())
        u = _unit(tf.linalg.matvec(matrix, tf.convert_to_tensor(self.v)))
        self.u.assign(u)
        self.v.assign(_unit(tf.linalg.matvec(matrix, u, transpose_a=True)))

    def call(self, inputs: tf.Tensor) -> tf.Tensor:
        """Return the layer's outputs as if its kernel were W / sigma."""
        outputs = self.layer(inputs)
        scale = tf.cast(1.0 / (self.sigma() + _TINY), outputs.dtype)
        bias = getattr(self.layer, "bias", None)
        if bias is None:
            return outputs * scale
        bias = tf.cast(tf.convert_to_tensor(bias), outputs.dtype)
        return (outputs - bias) * scale + bias

    def compute_output_shape(self, input_shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shape of the layer's outputs, batch included."""
        return self.layer.compute_output_shape(input_shape)


def advance_power_iterations(network: keras.Model) -> None:
    """Do one power iteration in every `SpectralNormalization` of a network; none will do too.

    Call it once for each update of the network's weights, on every replica, outside `tf.cond`.
    """
    for layer in network._flatten_layers():
        if isinstance(layer, SpectralNormalization):
            layer.advance()


def _unit(vector):
    return vector * tf.math.rsqrt(tf.reduce_sum(tf.square(vector)) + _TINY)
