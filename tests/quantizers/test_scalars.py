"""A codebook for each channel, by hand."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.quantizers import ScalarQuantizer

RNG = np.random.default_rng(0)


def trained_values():
    quantizer = ScalarQuantizer(4, 3, codebook_weight=2.0, commitment=0.5)
    quantizer.build((None, 3))
    quantizer.values.assign(RNG.normal(size=(3, 4)))
    return quantizer, quantizer.values.numpy()


def test_values_begin_evenly_around_zero():
    quantizer = ScalarQuantizer(5, 2)
    quantizer.build((None, 2))
    np.testing.assert_allclose(quantizer.values, [[-0.5, -0.25, 0, 0.25, 0.5]] * 2)


@pytest.mark.parametrize("shape", [(7,), (2, 5), (2, 3, 4)])
def test_each_channel_takes_the_nearest_of_its_own_values(shape):
    quantizer, values = trained_values()
    x = RNG.normal(size=(*shape, 3)).astype("float32")
    codes, indices, loss = quantizer(x)
    expected = np.abs(x[..., None] - values).argmin(-1)
    np.testing.assert_array_equal(indices, expected)
    nearest = np.take_along_axis(values, expected.reshape(-1, 3).T, axis=1).T.reshape(x.shape)
    np.testing.assert_array_equal(codes, nearest)
    squares = ((x - nearest) ** 2).reshape(shape[0], -1).sum(-1)
    np.testing.assert_allclose(loss, 2.5 * squares, rtol=1e-5)


def test_gradients_go_where_each_loss_points():
    quantizer, values = trained_values()
    x = tf.constant(RNG.normal(size=(1, 3)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        codes, indices, loss = quantizer(x)
    of_x, of_values = tape.gradient(loss, [x, quantizer.values.value])
    np.testing.assert_allclose(of_x, 2 * 0.5 * (x - codes), rtol=1e-5)
    chosen = np.zeros((3, 4))
    chosen[np.arange(3), indices[0]] = 2 * 2.0 * (codes - x)[0]
    np.testing.assert_allclose(tf.convert_to_tensor(of_values), chosen, rtol=1e-5, atol=1e-7)


def test_one_channel_has_no_axis_of_its_own():
    quantizer = ScalarQuantizer(3, 1)
    codes, indices, _ = quantizer(np.array([[-1.0], [0.1]], "float32"))
    assert indices.shape == (2,) and quantizer.index_shape((1,)) == ()
    np.testing.assert_array_equal(quantizer.lookup(indices), codes)


@pytest.mark.parametrize("changes", [{"codebook_size": 1}, {"code_dim": 0}, {"commitment": -1.0}])
def test_bad_settings_are_told_in_one_line(changes):
    name = next(iter(changes))
    with pytest.raises(ValueError, match=f"ScalarQuantizer received {name}=[^\n]*$"):
        ScalarQuantizer(**{"codebook_size": 3, "code_dim": 2, **changes})


def test_it_is_saved_with_its_values(tmp_path):
    quantizer, values = trained_values()
    x = keras.Input((3,))
    keras.Model(x, quantizer(x).codes).save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(loaded.layers[-1].values, values)
