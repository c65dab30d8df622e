"""Networks from images and sequences to grids and back."""

import numpy as np
import pytest
import tensorflow as tf

from tfgen.networks import grid_decoder, grid_encoder


def noise(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("shape, downsamplings, grid", [
    ((28, 28, 1), 2, (7, 7)), ((9, 14, 3), 2, (3, 4)), ((13, 2), 1, (7,)), ((3, 1), 2, (1,)),
])  # fmt: skip
def test_there_and_back_and_every_weight_gets_a_gradient(shape, downsamplings, grid):
    encoder = grid_encoder(shape, 5, downsamplings, width=4, blocks=1)
    decoder = grid_decoder(5, shape, downsamplings, width=4, blocks=1)
    assert encoder.output_shape == decoder.input_shape == (None, *grid, 5)
    with tf.GradientTape() as tape:
        images = decoder(encoder(noise(3, *shape), training=True), training=True)
        loss = tf.reduce_sum(images * noise(*images.shape))
    assert images.shape == (3, *shape)
    variables = [v.value for network in (encoder, decoder) for v in network.trainable_variables]
    for gradient in tape.gradient(loss, variables):
        assert np.all(np.isfinite(gradient)) and np.any(gradient)


def test_sequence_networks_do_not_look_across():
    """A width of 1 has neighbours in one direction only: its kernels are 3 x 1."""
    network = grid_encoder((32, 2), 5, width=4)
    kernels = {layer.kernel_size for layer in network.layers if hasattr(layer, "kernel_size")}
    assert kernels == {(3, 1), (1, 1)}


def test_a_place_of_the_grid_sees_its_neighbourhood_only():
    encoder = grid_encoder((32, 1), 1, downsamplings=1, width=2, blocks=0)
    x = tf.constant(noise(1, 32, 1))
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = encoder(x)[0, 5, 0]
    seen = np.flatnonzero(tape.gradient(loss, x))
    assert 10 in seen and seen.min() >= 9 and seen.max() <= 12


@pytest.mark.parametrize(
    "function", [grid_encoder, lambda shape, dim, *r: grid_decoder(dim, shape, *r)]
)
def test_bad_shapes_and_numbers(function):
    with pytest.raises(ValueError, match="expected \\(height, width, channels\\) or"):
        function((28,), 8)
    with pytest.raises(ValueError, match="can't be halved so often"):
        function((4, 4, 1), 8, 4)
    with pytest.raises(ValueError, match="code_dim=0: expected a positive integer"):
        function((28, 28, 1), 0)
    with pytest.raises(ValueError, match="downsamplings=0: expected a positive integer"):
        function((28, 28, 1), 8, 0)
