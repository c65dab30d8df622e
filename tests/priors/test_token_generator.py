"""Tokenizer and prior as one: one file, one graph, the same picture everywhere."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfgen
from tfgen import likelihoods, networks, quantizers, vq
from tfgen.priors import CausalTokenPrior, MaskedTokenPrior, TokenGenerator

CAUSAL = {"temperature": 0.9, "top_k": 10, "top_p": 0.95, "guidance": 0.5}
MASKED = {"passes": 3, "guidance": 0.5}
KINDS = {"causal": (CausalTokenPrior, networks.causal_transformer, CAUSAL),
         "masked": (MaskedTokenPrior, networks.masked_transformer, MASKED)}  # fmt: skip
every_kind = pytest.mark.parametrize("kind", KINDS)


def tokenizer(images=None):
    keras.utils.set_random_seed(0)
    encoder = networks.grid_encoder((8, 8, 1), 3, width=4, blocks=1)
    decoder = networks.grid_decoder(3, (8, 8, 1), width=4, blocks=1)
    model = tfgen.VQVAE(encoder, decoder, quantizers.FSQ((4, 3, 2)), likelihoods.Bernoulli())
    model.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    if images is not None:
        model.fit(images, batch_size=32, verbose=0)
    return model


def generator(kind, images):
    cls, network, settings = KINDS[kind]
    model = tokenizer(images)
    prior = cls(network(24, 4, width=8, depth=1, heads=2, num_classes=10))
    prior.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    labels = np.arange(len(images), dtype=np.int32) % 10
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(32)
    prior.fit(vq.tokens(model, data), verbose=0)
    return TokenGenerator(model, prior, settings)


def answers(endpoint, inputs):
    return endpoint(**{name: tf.constant(array) for name, array in inputs.items()})


@every_kind
def test_image_is_the_decoded_row_of_the_prior(kind, digits):
    model = generator(kind, digits[:64])
    labels = np.arange(6, dtype=np.int32)
    rows = model.prior.sample(6, 5, labels, **KINDS[kind][2])
    expected = model.vqvae.decode_indices(tf.reshape(rows, [6, 2, 2]))
    images = model.sample(6, 5, labels)
    np.testing.assert_array_equal(images, expected)
    assert np.abs(images - images[:1]).max() > 0.01


def test_fit_on_images_trains_the_prior_as_its_own_fit_on_tokens_does(digits):
    images, labels = digits[:44], np.arange(44, dtype=np.int32) % 10
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(16)
    vqvae = tokenizer(digits[:64])

    def prior():
        keras.utils.set_random_seed(2)
        return CausalTokenPrior(networks.causal_transformer(24, 4, 8, 1, 2, num_classes=10))

    def fitted(model, data):
        model.compile(keras.optimizers.SGD(1e-2), run_eagerly=True)
        return model.fit(data, validation_data=data, verbose=0).history

    before, apart, within = vqvae.get_weights(), prior(), prior()
    generator = TokenGenerator(vqvae, within)
    assert fitted(generator, data) == fitted(apart, vq.tokens(vqvae, data))
    for a, b in zip(apart.get_weights(), within.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    for a, b in zip(before, vqvae.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert int(within.steps_trained) == 3
    with pytest.raises(ValueError, match="TokenGenerator.fit received no labels"):
        generator.fit(images)
    with pytest.raises(ValueError, match=r"images of shape \(4, 4, 1\): the encoder takes"):
        generator.fit(images[:, :4, :4], labels)


@every_kind
def test_one_file_gives_the_same_images(kind, digits, tmp_path):
    model = generator(kind, digits[:64])
    model.save(tmp_path / "generator.keras")
    reloaded = tfgen.load_model(tmp_path / "generator.keras")
    labels = np.arange(6, dtype=np.int32)
    np.testing.assert_array_equal(model.sample(6, 5, labels), reloaded.sample(6, 5, labels))
    assert reloaded.settings == KINDS[kind][2]
    assert int(reloaded.vqvae.steps_trained) == 2


def test_bad_input(digits):
    trained, untrained = tokenizer(digits[:64]), tokenizer()

    def prior(vocabulary=24, length=4):
        return CausalTokenPrior(networks.causal_transformer(vocabulary, length, 8, 1, 2))

    with pytest.raises(ValueError, match="vocabulary=16: the VQVAE's codebook_size is 24"):
        TokenGenerator(trained, prior(vocabulary=16))
    with pytest.raises(ValueError, match="length=9: the VQVAE's token_count is 4"):
        TokenGenerator(trained, prior(length=9))
    with pytest.raises(ValueError, match="TokenGenerator received a VQVAE that was never trained"):
        TokenGenerator(untrained, prior())
    with pytest.raises(ValueError, match="temperature=-1"):
        TokenGenerator(trained, prior(), {"temperature": -1})
    untaught = TokenGenerator(trained, prior())
    with pytest.raises(ValueError, match="count=0"):
        untaught.sample(0)
    for use in (lambda: untaught.sample(1), untaught.endpoints):
        with pytest.raises(ValueError, match="received a CausalTokenPrior that was never trained"):
            use()
