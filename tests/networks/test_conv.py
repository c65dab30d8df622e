import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from tfgen.networks import conv_decoder, conv_encoder

SHAPES = [(8, 8, 1), (28, 28, 1), (32, 32, 3), (9, 13, 2), (8, 128, 1), (127, 11, 4), (64, 64, 3)]
LABELS = np.array([0, 2, 1], np.int32)


def _noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def _variables(*networks):
    return [v.value for network in networks for v in network.trainable_variables]


@pytest.mark.parametrize("shape", SHAPES)
def test_any_shape_decodes_and_encodes_and_every_weight_gets_a_gradient(shape):
    encoder = conv_encoder(shape, outputs=6, width=4)
    decoder = conv_decoder(3, shape, width=4)
    with tf.GradientTape() as tape:
        images = decoder(_noise(2, 3), training=True)
        loss = tf.reduce_mean(encoder(images, training=True) ** 2)
    assert images.shape == (2, *shape)
    for gradient in tape.gradient(loss, _variables(encoder, decoder)):
        assert np.all(np.isfinite(gradient)) and np.any(gradient)


def test_parameter_counts():
    convolutions = 9 * (1 * 32 + 32 * 64 + 64 * 128) + 4 * (32 + 64 + 128)
    dense = (4 * 4 * 128 + 1) * 32
    assert conv_encoder((28, 28, 1), 32).count_params() == convolutions + dense == 158_912
    convolutions = 9 * (128 * 64 + 64 * 32 + 32 * 16) + 4 * (64 + 32 + 16) + 9 * 16 + 1
    dense = (16 + 1) * 4 * 4 * 128
    assert conv_decoder(16, (28, 28, 1)).count_params() == convolutions + dense == 132_177


def test_channels_stop_growing_at_eight_times_the_width():
    network = conv_encoder((128, 128, 3), 4, width=2)
    assert [network.get_layer(f"down_{i}").filters for i in range(5)] == [2, 4, 8, 16, 16]


def test_a_short_side_stops_at_its_coarsest_while_the_long_one_goes_on():
    network = conv_encoder((8, 64, 1), 4, width=2)
    shapes = [network.get_layer(f"down_{i}").output.shape[1:3] for i in range(4)]
    assert shapes == [(4, 32), (4, 16), (4, 8), (4, 4)]


def test_label_is_added_at_every_pixel_of_the_encoder_s_first_layer():
    network = conv_encoder((8, 8, 1), 3, width=4, num_classes=3)
    first = keras.Model(network.inputs, network.get_layer("add_label").output)
    images = np.repeat(_noise(1, 8, 8, 1), 3, axis=0)
    outputs = np.asarray(first([images, LABELS]))
    embedding = np.asarray(network.get_layer("label_embedding").embeddings)[LABELS]
    expected = np.broadcast_to((embedding - embedding[0])[:, None, None], outputs.shape)
    np.testing.assert_allclose(outputs - outputs[:1], expected, atol=1e-5)


@pytest.mark.parametrize("num_classes", [None, 3])
@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_keras_file_gives_the_same_network(tmp_path, kind, num_classes):
    if kind == "encoder":
        network, x = conv_encoder((9, 8, 2), 3, 4, num_classes), _noise(3, 9, 8, 2)
    else:
        network, x = conv_decoder(5, (9, 8, 2), 4, num_classes), _noise(3, 5)
    inputs = x if num_classes is None else [x, LABELS]
    network(inputs, training=True)  # moves the moving statistics off their first values
    network.save(tmp_path / "network.keras")
    loaded = keras.models.load_model(tmp_path / "network.keras")
    assert loaded.name == kind
    np.testing.assert_array_equal(loaded(inputs), network(inputs))


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_is_near_float32_and_trains(policy):
    def build():
        return conv_encoder((8, 8, 1), 6, width=2), conv_decoder(3, (8, 8, 1), width=2)

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        half = build()
    finally:
        keras.config.set_dtype_policy(before)
    full = build()
    for a, b in zip(half, full, strict=True):
        b.set_weights(a.get_weights())
    for network, reference, x in zip(half, full, (_noise(4, 8, 8, 1), _noise(4, 3)), strict=True):
        with tf.GradientTape() as tape:
            outputs = network(x, training=True)
            loss = tf.reduce_mean(outputs**2)
        assert outputs.dtype == tf.float32
        np.testing.assert_allclose(outputs, reference(x, training=True), atol=0.1)
        assert all(np.all(np.isfinite(g)) for g in tape.gradient(loss, _variables(network)))


def test_xla_gives_the_same_training_step():
    decoder = conv_decoder(3, (9, 8, 1), width=2)
    start = decoder.get_weights()

    def step(z):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(decoder(z, training=True) ** 2)
        return loss, tape.gradient(loss, _variables(decoder))

    results = []
    for jit in (False, True):
        decoder.set_weights(start)
        loss, gradients = tf.function(step, jit_compile=jit)(_noise(4, 3))
        results.append([loss, *gradients, *decoder.non_trainable_variables])
    for plain, compiled in zip(
        *(tf.nest.map_structure(np.asarray, r) for r in results), strict=True
    ):
        np.testing.assert_allclose(compiled, plain, rtol=1e-3, atol=1e-5)


def test_two_replicas_normalise_with_the_statistics_of_the_whole_batch(two_replicas):
    scales = np.array([1, 2, 3, 4], np.float32)  # so that the halves have other statistics
    images = _noise(4, 8, 8, 1) * scales[:, None, None, None]
    with two_replicas.scope():
        replicated = conv_encoder((8, 8, 1), 2, width=2)
    single = conv_encoder((8, 8, 1), 2, width=2)
    single.set_weights(replicated.get_weights())
    expected = single(images, training=True)
    data = tf.data.Dataset.from_tensor_slices(images).batch(4)
    batch = next(iter(two_replicas.experimental_distribute_dataset(data)))
    replies = two_replicas.run(lambda x: replicated(x, training=True), args=(batch,))
    outputs = tf.concat(two_replicas.experimental_local_results(replies), axis=0)
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-5)
    for a, b in zip(replicated.get_weights(), single.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def _interpreter(network, tmp_path):
    """The network as TFLite, of builtin operations only, for one row at a time."""
    archive = keras.export.ExportArchive()
    archive.track(network)
    signature = [tf.TensorSpec([1, *t.shape[1:]], t.dtype) for t in network.inputs]
    call = network if len(signature) == 1 else lambda *inputs: network(list(inputs))
    archive.add_endpoint("serve", call, input_signature=signature)
    archive.write_out(str(tmp_path / "saved"), verbose=False)
    converter = tf.lite.TFLiteConverter.from_saved_model(str(tmp_path / "saved"))
    return Interpreter(model_content=converter.convert())


def _operations(interpreter):
    return [op["op_name"] for op in interpreter._get_ops_details() if op["op_name"] != "DELEGATE"]


def test_decoder_becomes_few_builtin_operations_with_its_norms_folded(tmp_path):
    decoder = conv_decoder(5, (28, 27, 2), width=4)
    for _ in range(3):
        decoder(_noise(16, 5), training=True)
    interpreter = _interpreter(decoder, tmp_path)
    up = ["RESIZE_NEAREST_NEIGHBOR", "CONV_2D", "LEAKY_RELU"]
    start = ["FULLY_CONNECTED", "LEAKY_RELU", "RESHAPE"]
    assert _operations(interpreter) == [*start, *up, *up, *up, "CONV_2D"]
    assert max(len(t["shape"]) for t in interpreter.get_tensor_details()) == 4
    z = _noise(1, 5)
    runner = interpreter.get_signature_runner()
    (images,) = runner(**{next(iter(runner.get_input_details())): z}).values()
    np.testing.assert_allclose(images, decoder(z), atol=1e-4)


def test_conditional_encoder_becomes_builtin_operations_with_its_norms_folded(tmp_path):
    encoder = conv_encoder((12, 8, 1), 4, width=4, num_classes=3)
    for _ in range(3):
        encoder([_noise(3, 12, 8, 1), LABELS], training=True)
    operations = _operations(_interpreter(encoder, tmp_path))
    assert operations.count("CONV_2D") == 2
    assert operations.count("ADD") == 2  # of the label's vector, and in Keras's lookup of it
    assert not {"MUL", "SUB", "RSQRT"} & set(operations)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: conv_encoder((7, 28, 1), 4), "from 8 to 128"),
        (lambda: conv_encoder((28, 129, 1), 4), "from 8 to 128"),
        (lambda: conv_encoder((28, 28), 4), "three positive integers"),
        (lambda: conv_encoder((28, 28, 0), 4), "three positive integers"),
        (lambda: conv_encoder((28, 28, 1), 0), "outputs=0"),
        (lambda: conv_encoder((28, 28, 1), 4, width=0), "width=0"),
        (lambda: conv_encoder((28, 28, 1), 4, num_classes=1), "num_classes=1"),
        (lambda: conv_decoder(0, (28, 28, 1)), "latent_dim=0"),
        (lambda: conv_decoder(4, (28, 28, 1, 1)), "three positive integers"),
        (lambda: conv_decoder(4, (4, 28, 1)), "from 8 to 128"),
        (lambda: conv_decoder(4, (28, 28, 1), num_classes=0), "num_classes=0"),
    ],
)
def test_wrong_arguments_are_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()
