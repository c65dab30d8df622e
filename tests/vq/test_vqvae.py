"""VQVAEs: trained, saved, replicated, converted, and honest about bad input."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from sklearn.datasets import load_digits
from tfgen.export import to_tflite

import tfgen
from tfgen import likelihoods, networks, quantizers, vq

QUANTIZERS = {
    "ema": lambda: quantizers.EMAQuantizer(12, 3, decay=0.9),
    "vectors": lambda: quantizers.VectorQuantizer(12, 3, gradient=quantizers.rotation_trick),
    "fsq": lambda: quantizers.FSQ((4, 3, 2)),
    "residual": lambda: quantizers.ResidualQuantizer(
        [quantizers.EMAQuantizer(12, 3), quantizers.EMAQuantizer(12, 3)]
    ),
    "projected": lambda: quantizers.Projected(quantizers.EMAQuantizer(12, 2, cosine=True), 3),
}
every_quantizer = pytest.mark.parametrize("name", QUANTIZERS)


def make(name="ema", likelihood=None, **arguments):
    likelihood = likelihood or likelihoods.Bernoulli()
    channels = likelihood.parameters_per_channel
    encoder = networks.grid_encoder((8, 8, 1), 3, width=4, blocks=1)
    decoder = networks.grid_decoder(3, (8, 8, channels), width=4, blocks=1)
    return tfgen.VQVAE(encoder, decoder, QUANTIZERS[name](), likelihood, **arguments)


def make_of_perceptrons(name):
    """Without batch normalisation, whose moments lose digits to cancellation."""
    encoder = networks.mlp((8, 8, 1), (2, 2, 3), hidden=(16,))
    decoder = networks.mlp((2, 2, 3), (8, 8, 1), hidden=(16,))
    return tfgen.VQVAE(encoder, decoder, QUANTIZERS[name](), likelihoods.Bernoulli())


def fit(model, images, epochs=1):
    data = tf.data.Dataset.from_tensor_slices(images).batch(32)
    return model.fit(data, epochs=epochs, verbose=0).history


def fitted(images, make=make, epochs=1, eagerly=True, **arguments):
    """A model and what it logged; eagerly, as tracing takes longer than a few steps do."""
    keras.utils.set_random_seed(1)
    model = make(**arguments)
    # Epsilon above rounding errors: Adam would make whole steps of gradients that are nothing else.
    model.compile(keras.optimizers.Adam(1e-2, epsilon=1e-3), run_eagerly=eagerly)
    return model, fit(model, images, epochs)


@functools.cache
def trained(name):
    """A model after one epoch of 76 images, for tests that leave it be, and what it logged."""
    return fitted(_images()[:76], name=name)


@functools.cache
def _images():
    return (load_digits().images[:256, :, :, None] / 16.0).astype(np.float32)


def test_training_lowers_the_loss_and_keeps_codes_in_use(digits):
    model, history = fitted(digits, epochs=8, eagerly=False)
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert history["usage"][-1] > 0.9
    assert 4 < history["perplexity"][-1] <= 12
    assert set(history) == {"loss", "distortion", "quantizer_loss", "usage", "perplexity"}


@every_quantizer
def test_training_changes_every_trainable_weight(name):
    model, _ = trained(name)
    keras.utils.set_random_seed(1)
    for before, variable in zip(make(name).trainable_variables, model.trainable_variables,
                                strict=True):  # fmt: skip
        assert np.abs(np.subtract(variable, before)).max() > 0, variable.path


def test_loss_is_distortion_plus_quantizer_loss(digits):
    model, x = trained("ema")[0], digits[:8]
    loss, terms = model.objective(x, None, training=False)
    np.testing.assert_allclose(loss, terms["distortion"] + terms["quantizer_loss"], rtol=1e-6)
    logits = model.decoder(model.quantizer.lookup(model.encode_indices(x))).numpy()
    expected = np.sum(np.logaddexp(0, logits.astype(np.float64)) - x * logits, axis=(1, 2, 3))
    np.testing.assert_allclose(terms["distortion"], expected, rtol=1e-4)


@every_quantizer
def test_reconstruction_is_the_decoded_indices(name, digits):
    model, _ = trained(name)
    indices = model.encode_indices(digits[:8])
    assert tuple(indices.shape[1:]) == model.index_shape
    np.testing.assert_array_equal(model.decode_indices(indices), model.reconstruct(digits[:8]))
    np.testing.assert_array_equal(model(digits[:8]), model.reconstruct(digits[:8]))
    assert model.token_count == (8 if name == "residual" else 4)


def assert_replicas_agree(make, name, eagerly, two_replicas, tolerance):
    images = _images()[:76]  # the last batch is split 6 and 6, or 12 and 0
    one, history = fitted(images, make, name=name)
    with two_replicas.scope():
        two, replicated = fitted(images, make, name=name, eagerly=eagerly)
    for variable, a, b in zip(one.weights, one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance, err_msg=variable.path)
    for key, values in history.items():
        assert replicated[key] == pytest.approx(values, rel=1e-4), key


@every_quantizer
def test_two_replicas_give_the_weights_of_one(name, two_replicas):
    assert_replicas_agree(make_of_perceptrons, name, True, two_replicas, 1e-6)


def test_two_replicas_agree_in_graphs_and_with_batch_normalisation(two_replicas):
    assert_replicas_agree(make, "ema", False, two_replicas, 2e-5)


def test_warm_up_leaves_the_vectors_as_they_are(digits):
    """Until it ends, the encoder learns as if there were no quantizer; then there is one."""

    def fixed(warm_up, commitment):
        keras.utils.set_random_seed(1)
        model = make(warm_up=warm_up)
        model.quantizer.commitment = commitment
        model.compile(keras.optimizers.SGD(1e-3), run_eagerly=True)
        return model

    def encoder_after(model, steps):
        model.fit(digits[: 32 * steps], batch_size=32, shuffle=False, verbose=0)
        return np.concatenate([w.ravel() for w in model.encoder.get_weights()])

    strict, lax = fixed(2, 100.0), fixed(2, 0.0)
    np.testing.assert_array_equal(encoder_after(strict, 2), encoder_after(lax, 2))
    assert int(strict.quantizer.updates) == 2 == int(strict.steps_trained)
    assert np.abs(encoder_after(strict, 1) - encoder_after(lax, 1)).max() > 1e-5
    quantized = fixed(0, 0.0)
    assert np.abs(encoder_after(quantized, 2) - encoder_after(fixed(2, 0.0), 2)).max() > 1e-6


def test_mixed_precision_trains(digits):
    keras.config.set_dtype_policy("mixed_bfloat16")
    model, history = fitted(digits, epochs=4)
    assert history["loss"][-1] < history["loss"][0]
    assert model.reconstruct(digits[:2]).dtype == tf.float32


def test_compiled_by_xla_it_learns_the_same(digits):
    def trained(jit):
        keras.utils.set_random_seed(1)
        model = make()
        optimizer = keras.optimizers.Adam(1e-2, epsilon=1e-3)
        model.compile(optimizer, jit_compile=jit, run_eagerly=not jit)
        model.fit(digits[:64], batch_size=32, shuffle=False, verbose=0)
        return model.get_weights()

    for a, b in zip(trained(False), trained(True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_sequences(digits, tmp_path):
    waves = digits.reshape(-1, 32, 2)

    def sequence_model():
        encoder = networks.grid_encoder((32, 2), 3, width=4, blocks=1)
        decoder = networks.grid_decoder(3, (32, 4), width=4, blocks=1)
        return tfgen.VQVAE(encoder, decoder, QUANTIZERS["ema"](), likelihoods.Gaussian())

    model, history = fitted(waves, sequence_model, epochs=4)
    assert history["loss"][-1] < history["loss"][0]
    assert model.encode_indices(waves[:3]).shape == (3, 8)
    assert model.reconstruct(waves[:3]).shape == (3, 32, 2)
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model.reconstruct(waves), reloaded.reconstruct(waves))


def test_tokens_are_streamed_rows_with_their_labels(digits):
    model, labels = trained("residual")[0], np.arange(64)
    data = tf.data.Dataset.from_tensor_slices((digits[:64], labels)).batch(24)
    rows, kept = zip(*vq.tokens(model, data).as_numpy_iterator(), strict=True)
    np.testing.assert_array_equal(np.concatenate(kept), labels)
    expected = np.reshape(model.encode_indices(digits[:64]), [64, 8])
    np.testing.assert_array_equal(np.concatenate(rows), expected)


@pytest.mark.parametrize("name", ["ema", "fsq", "residual", "projected"])
def test_endpoints_convert_to_builtin_tflite_operations(name, tmp_path):
    model, _ = trained(name)
    endpoints = model.endpoints()
    (path,) = to_tflite(model, tmp_path, modes=["float32"], endpoints=tuple(endpoints))
    interpreter = Interpreter(model_path=str(path))
    for name, endpoint in endpoints.items():
        inputs = endpoint.examples(3, seed=0)
        expected = endpoint(**{key: tf.constant(value) for key, value in inputs.items()})
        ((key, array),), ((output, values),) = inputs.items(), expected.items()
        runner = interpreter.get_signature_runner(name)
        received = [runner(**{key: row[None]})[output] for row in array]
        np.testing.assert_allclose(np.concatenate(received), values, atol=1e-4)


def test_bad_input(digits):
    with pytest.raises(ValueError, match="encoder's output shape is"):
        tfgen.VQVAE(networks.grid_encoder((8, 8, 1), 4), networks.grid_decoder(3, (8, 8, 1)),
                    quantizers.FSQ((5, 5, 5)), likelihoods.Bernoulli())  # fmt: skip
    with pytest.raises(ValueError, match=r"decoder's output shape is \(8, 8, 1\): it must be"):
        tfgen.VQVAE(networks.grid_encoder((8, 8, 1), 3), networks.grid_decoder(3, (8, 8, 1)),
                    quantizers.FSQ((5, 5, 5)), likelihoods.DiscretisedLogistic(8))  # fmt: skip
    with pytest.raises(ValueError, match="warm_up=-1"):
        make(warm_up=-1)
    model = make()
    model.compile("adam")
    with pytest.raises(ValueError, match=r"images of shape \(4, 4, 1\): the encoder takes"):
        model.fit(digits[:, :4, :4])
    with pytest.raises(ValueError, match="they must lie in"):
        model.fit(digits * 255)
    with pytest.raises(ValueError, match=r"received indices of shape \(4,\)"):
        model.decode_indices(np.zeros([3, 4], np.int32))
    with pytest.raises(ValueError, match="received indices from 0 to 12: they must lie in"):
        model.decode_indices(np.array([[[0, 1], [2, 12]]]))
    with pytest.raises(ValueError, match="never trained"):
        vq.tokens(model, tf.data.Dataset.from_tensor_slices(digits).batch(8))
