"""A scale that is trained and saved with its decoder, and left out of pictures."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from likelihood_parameters import SYMMETRIC, draw

import tfgen
from tfgen import likelihoods, networks, quantizers


@pytest.mark.parametrize(
    ("axis", "shape"), [(None, (1, 1, 1, 1)), (-1, (1, 1, 1, 2)), ((1, 2, 3), (1, 4, 5, 2))]
)
def test_learned_scale_appends_one_scale_along_its_axes(axis, shape):
    layer = likelihoods.LearnedScale(axis=axis, initial_scale=0.2)
    mean = draw(likelihoods.Bernoulli())
    parameters = layer(mean)
    assert layer.raw_scale.shape == shape
    assert parameters.shape == layer.compute_output_shape(mean.shape)
    np.testing.assert_array_equal(parameters[..., :2], mean)
    scale = likelihoods.positive(parameters[..., 2:])
    np.testing.assert_allclose(scale, np.full(mean.shape, 0.2), rtol=1e-5)


@pytest.mark.parametrize("initial", [1e-3, 1.0, 500.0])
def test_learned_scale_starts_at_its_initial_scale(initial):
    parameters = likelihoods.LearnedScale(initial_scale=initial)(tf.zeros([1, 1]))
    np.testing.assert_allclose(likelihoods.positive(parameters[0, 1]), initial, rtol=1e-5)


def test_learned_scale_finds_the_deviation_of_the_data():
    data = np.random.default_rng(0).normal(scale=[0.1, 0.4], size=(64, 3, 3, 2)).astype("float32")
    layer = likelihoods.LearnedScale(axis=-1)
    optimizer = keras.optimizers.Adam(0.1)
    for _ in range(150):
        with tf.GradientTape() as tape:
            pixels = likelihoods.Gaussian()(layer(tf.zeros_like(data)))
            loss = -tf.reduce_mean(pixels.log_prob(data))
        variables = layer.trainable_variables
        optimizer.apply(tape.gradient(loss, variables), variables)
    got = likelihoods.positive(layer.raw_scale).numpy().ravel() + 1e-3
    np.testing.assert_allclose(got, np.sqrt((data**2).mean(axis=(0, 1, 2))), rtol=1e-2)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_learned_scale_is_float32_under_mixed_precision(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        layer = likelihoods.LearnedScale(initial_scale=0.123)
        parameters = layer(tf.zeros([1, 2], tf.bfloat16))
    finally:
        keras.config.set_dtype_policy(before)
    assert parameters.dtype == tf.float32
    assert layer.raw_scale.dtype == "float32"
    np.testing.assert_allclose(likelihoods.positive(parameters[0, 2]), 0.123, rtol=1e-5)


def test_learned_scale_is_saved_with_its_decoder(tmp_path):
    layer = likelihoods.LearnedScale(axis=(1, 2), initial_scale=0.2)
    decoder = keras.Sequential([keras.Input((3, 2)), keras.layers.Dense(2), layer])
    layer.raw_scale.assign_add(np.random.default_rng(0).normal(size=(1, 3, 2)))
    decoder.save(tmp_path / "decoder.keras")
    copy = keras.models.load_model(tmp_path / "decoder.keras")
    np.testing.assert_array_equal(copy(tf.ones([2, 3, 2])), decoder(tf.ones([2, 3, 2])))
    assert copy.layers[-1].get_config() == layer.get_config()


def test_learned_scale_refuses_the_batch_axis():
    with pytest.raises(ValueError, match="axis 0 is the batch"):
        likelihoods.LearnedScale(axis=0)(tf.zeros([2, 3]))


# Pictures without the scale.


def _means(labelled=False):
    z, labels = keras.Input((3,)), keras.Input((), dtype="int32")
    h = keras.layers.Dense(8)(z)
    if labelled:
        h = h + keras.layers.Embedding(5, 8)(labels)
    means = keras.layers.Reshape((2, 2, 2))(h)
    return keras.Model([z, labels] if labelled else z, means)


def _sequential():
    return keras.Sequential([_means(), likelihoods.LearnedScale()])


def _added_one_by_one():
    decoder = keras.Sequential([keras.Input((3,))])
    decoder.add(_means())
    decoder.add(likelihoods.LearnedScale())
    return decoder


def _conditional():
    means = _means(labelled=True)
    return keras.Model(means.inputs, likelihoods.LearnedScale()(means(means.inputs)))


def _nested():
    decoder = _conditional()
    inputs = [keras.Input((3,)), keras.Input((), dtype="int32")]
    return keras.Model(inputs, decoder(inputs))


def _shared():
    """The layer's first call was in another network."""
    scale = likelihoods.LearnedScale()
    keras.Sequential([_means(), scale])
    means = _means()
    return keras.Model(means.input, scale(means.output))


READ_MEANS = [
    likelihoods.Gaussian(minimum_scale=0.1),
    likelihoods.DiscretisedLogistic(bits=3, value_range=SYMMETRIC),
]


@pytest.mark.parametrize("likelihood", READ_MEANS, ids=str)
@pytest.mark.parametrize("build", [_sequential, _added_one_by_one, _conditional, _nested, _shared])
def test_pictures_are_the_same_bits_without_the_scale(build, likelihood):
    decoder = build()
    network, images = likelihoods.image_network(decoder, likelihood)
    assert network.output_shape == (None, 2, 2, 2)
    z = 3 * np.random.default_rng(0).normal(size=(4, 3)).astype("float32")
    inputs = [z, np.arange(4)] if len(decoder.inputs) == 2 else z
    np.testing.assert_array_equal(images(network(inputs)), likelihood.images(decoder(inputs)))
    shared = {id(weight) for weight in decoder.weights}
    assert {id(weight) for weight in network.weights} < shared


@pytest.mark.parametrize(
    "likelihood",
    [
        likelihoods.Gaussian(scale=0.3),  # reads the raw scale as a second channel
        likelihoods.DiscretisedLogistic(components=2),
        likelihoods.Categorical(levels=2),
    ],
    ids=str,
)
def test_likelihoods_that_read_otherwise_keep_the_whole_decoder(likelihood):
    decoder = _sequential()
    assert likelihoods.image_network(decoder, likelihood) == (decoder, likelihood.images)


def test_decoders_without_a_learned_scale_at_the_end_are_kept():
    likelihood = likelihoods.Gaussian()
    scale_within = keras.Sequential([_sequential(), keras.layers.Activation("tanh")])
    for decoder in (_means(), keras.Sequential([_means()]), scale_within, keras.Model()):
        assert likelihoods.image_network(decoder, likelihood) == (decoder, likelihood.images)


# A start from the data.

SPREAD = np.array([0.1, 0.3])


def pixels(count=400):
    """Images `[count, 3, 3, 2]` around different means, of a deviation for each channel."""
    rng = np.random.default_rng(1)
    means = rng.uniform(size=(1, 3, 3, 1))
    return (means + SPREAD * rng.normal(size=(count, 3, 3, 2))).astype("float32")


@pytest.mark.parametrize("axis, expected", [(None, np.sqrt(np.mean(SPREAD**2))), (-1, SPREAD)])
def test_a_scale_starts_from_the_deviation_around_the_mean(axis, expected):
    layer = likelihoods.LearnedScale(axis=axis)
    layer.build((None, 3, 3, 2))
    assert layer.waits_for_data
    layer.begin(pixels())
    found = likelihoods.positive(layer.raw_scale).numpy()
    np.testing.assert_allclose(found.ravel(), np.ravel(expected), rtol=0.05)
    assert not layer.waits_for_data


def test_a_scale_that_was_chosen_or_has_learned_does_not_wait():
    chosen = likelihoods.LearnedScale(initial_scale=1.0)
    moved = likelihoods.LearnedScale()
    for layer in (chosen, moved):
        layer.build((None, 2))
    moved.raw_scale.assign_add([[0.1]])
    assert not chosen.waits_for_data and not moved.waits_for_data


@pytest.mark.parametrize("count, expected", [(1, 0.3), (2, 0.01)])
def test_examples_that_are_all_alike_give_a_scale_too(count, expected):
    layer = likelihoods.LearnedScale()
    layer.build((None, 4))
    layer.begin(np.tile([[0.0, 0.6, 0.0, 0.6]], (count, 1)) if count == 1 else np.ones((2, 4)))
    np.testing.assert_allclose(likelihoods.positive(layer.raw_scale), [[expected]], rtol=1e-4)


def _gaussian_vae():
    encoder = networks.mlp((3, 3, 2), (4,), hidden=(8,))
    decoder = networks.mlp((2,), (3, 3, 2), hidden=(8,))
    return tfgen.VAE(encoder, decoder, likelihoods.Gaussian(), latent_dim=2)


@pytest.mark.parametrize("given", ["array", "dataset", "generator"])
def test_a_gaussian_vae_learns_a_scale_without_a_word(given, tmp_path):
    vae, images = _gaussian_vae(), pixels()
    assert vae.decoder.output_shape == (None, 3, 3, 4)
    vae.compile(keras.optimizers.SGD(0.0), run_eagerly=True)
    data = {
        "array": images,
        "dataset": tf.data.Dataset.from_tensor_slices(images).batch(400),
        "generator": (images for _ in range(3)),
    }[given]
    vae.fit(data, verbose=0, steps_per_epoch=1 if given == "generator" else None)
    scale = likelihoods.positive(vae.decoder.layers[-1].raw_scale).numpy().item()
    expected = 1.0 if given == "generator" else np.sqrt(np.mean(SPREAD**2))  # not to use it up
    assert scale == pytest.approx(expected, rel=0.05)
    vae.save(tmp_path / "vae.keras")
    again = tfgen.load_model(tmp_path / "vae.keras")
    again.fit(images * 3, verbose=0)  # goes on from where it was
    assert likelihoods.positive(again.decoder.layers[-1].raw_scale).numpy().item() == scale


def test_a_gaussian_vqvae_has_a_scale_too():
    encoder, decoder = networks.mlp((3, 3, 2), (2,)), networks.mlp((2,), (3, 3, 2))
    vqvae = tfgen.VQVAE(encoder, decoder, quantizers.FSQ((3, 3)), likelihoods.Gaussian())
    assert vqvae.decoder.output_shape == (None, 3, 3, 4)
    assert vqvae.reconstruct(pixels(2)).shape == (2, 3, 3, 2)
