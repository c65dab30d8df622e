import keras
import numpy as np
import pytest

from tfgen.networks import mlp


def _weights(network, name):
    return [np.asarray(w) for w in network.get_layer(name).weights]


def _images(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def test_equals_matrix_products_in_numpy():
    network = mlp((4, 3, 2), (5, 1), hidden=(7, 6), activation="tanh")
    x = _images(3, 4, 3, 2)
    h = x.reshape(3, 24)
    for name in ("dense_0", "dense_1"):
        kernel, bias = _weights(network, name)
        h = np.tanh(h @ kernel + bias)
    kernel, bias = _weights(network, "outputs")
    np.testing.assert_allclose(network(x), (h @ kernel + bias).reshape(3, 5, 1), rtol=1e-4)


def test_label_equals_a_one_hot_concatenated_to_the_inputs():
    network = mlp((6,), (2,), hidden=(5,), num_classes=3)
    x, labels = _images(4, 6), np.array([0, 2, 1, 2], np.int32)
    kernel, bias = _weights(network, "dense_0")
    (embedding,) = _weights(network, "label_embedding")
    joined = np.concatenate([x, np.eye(3, dtype=np.float32)[labels]], axis=1)
    hidden = np.maximum(joined @ np.concatenate([kernel, embedding]) + bias, 0)
    kernel, bias = _weights(network, "outputs")
    np.testing.assert_allclose(network([x, labels]), hidden @ kernel + bias, rtol=1e-4, atol=1e-6)


def test_label_reaches_a_network_without_hidden_layers():
    network = mlp((6,), (2,), hidden=(), num_classes=3)
    x = np.repeat(_images(1, 6), 2, axis=0)
    first, second = np.asarray(network([x, np.array([0, 1], np.int32)]))
    (embedding,) = _weights(network, "label_embedding")
    np.testing.assert_allclose(first - second, embedding[0] - embedding[1], atol=1e-6)


def test_parameter_count():
    assert mlp((28, 28, 1), (32,), hidden=(512,)).count_params() == 785 * 512 + 513 * 32
    conditional = mlp((28, 28, 1), (32,), hidden=(512,), num_classes=10)
    assert conditional.count_params() == 785 * 512 + 513 * 32 + 10 * 512


@pytest.mark.parametrize("num_classes", [None, 3])
def test_keras_file_gives_the_same_network(tmp_path, num_classes):
    network = mlp((4, 4, 1), (3,), hidden=(5, 5), num_classes=num_classes, name="small")
    inputs = _images(2, 4, 4, 1)
    inputs = inputs if num_classes is None else [inputs, np.array([0, 2], np.int32)]
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    assert loaded.name == "small"
    np.testing.assert_array_equal(loaded(inputs), network(inputs))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_computes_inside_in_half_and_the_outputs_in_float32(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        network = mlp((8,), (4,), hidden=(6,), num_classes=2)
    finally:
        keras.config.set_dtype_policy(before)
    outputs = np.asarray(network([_images(64, 8), np.zeros(64, np.int32)]))
    assert network.get_layer("dense_0").compute_dtype == policy.removeprefix("mixed_")
    assert outputs.dtype == np.float32
    # Outputs computed in half precision and cast back would have zeros in their last 13 bits.
    assert np.any(outputs.view(np.uint32) & 0x1FFF)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"input_shape": (0,), "output_shape": (1,)}, "input_shape=\\(0,\\)"),
        ({"input_shape": (2,), "output_shape": (2.0,)}, "output_shape=\\(2.0,\\)"),
        ({"input_shape": (2,), "output_shape": (1,), "hidden": (-3,)}, "hidden=\\(-3,\\)"),
        ({"input_shape": (2,), "output_shape": (1,), "num_classes": 1}, "num_classes=1"),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        mlp(**arguments)
