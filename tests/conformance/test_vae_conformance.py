"""Every VAE against every promise: saved, served, converted, repeatable, in mixed precision."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from models import IMAGE_SHAPE, compiled, small_vae
from tfgen.export import MODES, inspect, to_saved_model, to_tflite

import tfgen
from tfgen import likelihoods, networks, sampling

LATENT_DIM, NUM_CLASSES = 3, 10
HEIGHT, WIDTH, CHANNELS = IMAGE_SHAPE


def _of(likelihood):
    """A VAE whose decoder gives all that the likelihood reads."""
    parameters = (HEIGHT, WIDTH, CHANNELS * likelihood.parameters_per_channel)
    encoder = networks.mlp(IMAGE_SHAPE, (2 * LATENT_DIM,), hidden=(16,))
    return tfgen.VAE(
        encoder, networks.mlp((LATENT_DIM,), parameters, hidden=(16,)), likelihood, LATENT_DIM
    )


def _with_learned_scale(num_classes=None):
    encoder = networks.conv_encoder(IMAGE_SHAPE, 2 * LATENT_DIM, 8, num_classes)
    means = networks.conv_decoder(LATENT_DIM, IMAGE_SHAPE, 8, num_classes)
    scaled = likelihoods.LearnedScale(initial_scale=0.3)(means.output)
    decoder = keras.Model(means.inputs if num_classes else means.input, scaled)
    return tfgen.VAE(encoder, decoder, likelihoods.Gaussian(), LATENT_DIM, num_classes=num_classes)


MODELS = {
    "mlp": small_vae,
    "learned-scale": _with_learned_scale,
    "discretised-logistic": functools.partial(_of, likelihoods.DiscretisedLogistic(bits=4)),
    "categorical": functools.partial(_of, likelihoods.Categorical(levels=4)),
    "class-conditional": functools.partial(_with_learned_scale, NUM_CLASSES),
    "iwae": functools.partial(small_vae, tfgen.IWAE, num_samples=3),
}
PSNR_FLOORS = {"float32": 120, "float16": 70, "dynamic_int8": 45, "int8": 34, "int16x8": 45}  # dB
REFUSED = {}  # {(model, mode): what the refusal says}


@functools.cache
def _data():
    from sklearn.datasets import load_digits

    digits = load_digits()
    return (digits.images[:256, :, :, None] / 16.0).astype(np.float32), digits.target[:256]


def _fitted(name, images, labels, **arguments):
    keras.utils.set_random_seed(0)
    model = compiled(MODELS[name](), jit_compile=False)
    data = (images, labels) if model.num_classes else (images,)
    history = model.fit(*data, batch_size=32, verbose=0, **arguments).history
    return model, history


def _labels(model, count):
    return {"labels": np.arange(count, dtype=np.int32) % NUM_CLASSES} if model.num_classes else {}


def _draw(model):
    return model.sample(4, 5, **_labels(model, 4)).numpy()


def _check_reload(model, path):
    model.save(path)
    np.testing.assert_array_equal(_draw(keras.models.load_model(path)), _draw(model))


def _answers(endpoint, inputs):
    outputs = endpoint(**{name: tf.constant(array) for name, array in inputs.items()})
    return {name: output.numpy() for name, output in outputs.items()}


@pytest.fixture(scope="module", params=MODELS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name):
    """A model after a few steps: batch statistics and scales are no longer 0 and 1."""
    return _fitted(name, *_data(), epochs=4)[0]


@pytest.fixture(scope="module")
def files(name, model, tmp_path_factory):
    """`{mode: path}` of all modes that are not refused."""
    modes = [mode for mode in MODES if (name, mode) not in REFUSED]
    return dict(zip(modes, to_tflite(model, tmp_path_factory.mktemp("tflite"), modes), strict=True))


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    return tf.saved_model.load(str(to_saved_model(model, tmp_path_factory.mktemp("saved"))))


def test_a_reloaded_model_draws_the_same_bits(model, tmp_path):
    _check_reload(model, tmp_path / "model.keras")


def test_pictures_are_those_of_the_whole_decoder(model):
    """To the bit, though a learned scale is left out."""
    z = sampling.normal(sampling.seeds(3, 5), (LATENT_DIM,))
    labels = _labels(model, 5)
    parameters = model.decoder([z, tf.constant(labels["labels"])] if labels else z)
    expected = model.likelihood.images(parameters)
    np.testing.assert_array_equal(model.decode_images(z, **labels), expected)
    np.testing.assert_array_equal(model.sample(5, 3, **labels), expected)
    np.testing.assert_array_equal(
        model.decode(z, **labels).log_prob(expected),
        model.likelihood(parameters).log_prob(expected),
    )


def test_rows_of_endpoints_do_not_know_each_other(model):
    for endpoint in model.endpoints().values():
        inputs = endpoint.examples(6, 2)
        together = _answers(endpoint, inputs)
        for rows in ([3], [5, 0]):
            apart = _answers(endpoint, {name: array[rows] for name, array in inputs.items()})
            for name, output in apart.items():
                np.testing.assert_allclose(output, together[name][rows], atol=1e-5)


def test_the_saved_model_answers_as_keras_does(model, saved):
    for name, endpoint in model.endpoints().items():
        inputs = endpoint.examples(5, 1)
        served = _answers(saved.signatures[name], inputs)
        for output, expected in _answers(endpoint, inputs).items():
            np.testing.assert_allclose(served[output], expected, atol=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_tflite_is_close_enough_or_refused_in_one_line(
    name, model, files, mode, tmp_path, record_property
):
    record_property("conformance", "refused" if (name, mode) in REFUSED else "pass")
    if (name, mode) in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[name, mode]) as caught:
            to_tflite(model, tmp_path, [mode])
        assert "\n" not in str(caught.value)
        return
    inspection = inspect(files[mode])
    assert sorted(inspection.signatures) == ["decode", "generate"]
    assert inspection.warnings == []
    for endpoint in ("generate", "decode"):
        assert _psnr(files[mode], model, endpoint) > PSNR_FLOORS[mode]


def _psnr(path, model, endpoint, count=24):
    inputs = model.endpoints()[endpoint].examples(count, 1)
    expected = _answers(model.endpoints()[endpoint], inputs)["images"].astype(np.float64)
    error = _images(path, endpoint, inputs) - expected
    return 10 * np.log10(np.ptp(expected) ** 2 / np.mean(error**2))


def _images(path, endpoint, inputs):
    runner = Interpreter(str(path)).get_signature_runner(endpoint)
    rows = range(len(next(iter(inputs.values()))))
    single = [{name: array[i : i + 1] for name, array in inputs.items()} for i in rows]
    return np.concatenate([runner(**row)["images"] for row in single])


def test_the_same_seed_is_the_same_picture_everywhere(model, files, saved):
    labels = _labels(model, 6)
    expected = model.sample(6, 7, **labels)
    inputs = {"seed": sampling.seeds(7, 6).numpy()}
    if labels:
        inputs["label"] = labels["labels"]
    served = _answers(saved.signatures["generate"], inputs)["images"]
    np.testing.assert_allclose(_images(files["float32"], "generate", inputs), expected, atol=1e-5)
    np.testing.assert_allclose(served, expected, atol=1e-5)


def test_mixed_precision_takes_a_finite_step_and_is_saved(name, tmp_path):
    images, labels = _data()
    keras.config.set_dtype_policy("mixed_bfloat16")
    model, history = _fitted(name, images[:32], labels[:32])
    assert model.encoder.layers[2].compute_dtype == "bfloat16"
    assert int(model.step) == 1
    assert all(np.isfinite(values).all() for values in history.values())
    assert all(np.isfinite(weight.numpy()).all() for weight in model.weights)
    _check_reload(model, tmp_path / "model.keras")
