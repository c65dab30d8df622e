"""Networks over text: who sees whom, one place at a time, and what training leaves out."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.networks import causal_attention, language_gru, language_transformer
from tfgen.networks.islands import island
from tfgen.networks.language_block import activated, normed

VOCABULARY, LENGTH = 5, 6
MAKERS = {
    "transformer": lambda **kw: language_transformer(VOCABULARY, LENGTH, 8, 2, 2, **kw),
    "gru": lambda **kw: language_gru(VOCABULARY, LENGTH, 8, 2, **kw),
}
every_network = pytest.mark.parametrize("make", MAKERS.values(), ids=list(MAKERS))


def awake(network):
    """The network with weights as large as trained ones: everything is seen."""
    random = np.random.default_rng(0)
    for weight in network.trainable_variables:
        weight.assign(weight + 0.3 * random.normal(size=weight.shape))
    return network


def rows(count=4, seed=0):
    return np.random.default_rng(seed).integers(0, VOCABULARY, [count, LENGTH]).astype(np.int32)


@every_network
def test_a_token_changes_only_what_comes_after_it(make):
    network, tokens = awake(make()), rows()
    for place in range(LENGTH):
        other = tokens.copy()
        other[:, place] = (other[:, place] + 1) % VOCABULARY
        change = np.abs(network(tokens) - network(other)).max(axis=(0, 2))
        assert np.all(change[: place + 1] == 0)
        assert np.all(change[place + 1 :] > 1e-6)


@every_network
def test_steps_compute_what_the_whole_does(make):
    network, tokens = awake(make()), rows()
    expected, cache = network(tokens), network.empty_cache(4)
    previous = np.full([4], network.blank, np.int32)
    for place in range(LENGTH):
        position = tf.constant(place) if place % 2 else tf.fill([4], place)
        logits, cache = network.step(previous, position, cache)
        np.testing.assert_allclose(logits, expected[:, place], atol=2e-5)
        previous = tokens[:, place]


@every_network
def test_reading_at_once_leaves_what_reading_step_by_step_does(make):
    network, tokens = awake(make()), rows()
    counts = np.array([0, 2, 5, 3], np.int32)
    logits, cache = network.prefill(tokens, counts)
    expected = network(tokens).numpy()
    np.testing.assert_allclose(logits, expected[np.arange(4), counts], atol=2e-5)
    following = np.minimum(counts + 1, LENGTH - 1)  # of the third row there is none
    logits, _ = network.step(tokens[np.arange(4), counts], following, cache)
    known = [0, 1, 3]
    np.testing.assert_allclose(logits.numpy()[known], expected[known, following[known]], atol=2e-5)


@every_network
def test_dropout_is_of_training_by_row_and_new_each_time(make):
    network, tokens = awake(make(dropout=0.5)), np.tile(rows(1), [2, 1])
    np.testing.assert_array_equal(network(tokens), network(tokens))
    one, two = network(tokens, training=True), network(tokens, training=True)
    assert np.abs(one - two).max() > 1e-3
    assert np.abs(one[0] - one[1]).max() > 1e-3


def test_a_gru_is_that_of_keras():
    network, tokens = awake(language_gru(VOCABULARY, LENGTH, 8)), rows()
    layer = network.gru_layers[0]
    peer = keras.layers.GRU(8, return_sequences=True, reset_after=True)
    peer.build((None, LENGTH, 8))
    peer.set_weights([np.array(w) for w in (layer.kernel, layer.recurrent, layer.bias)])
    x = np.random.default_rng(1).normal(size=(3, LENGTH, 8)).astype(np.float32)
    np.testing.assert_allclose(layer(x), peer(x), atol=1e-6)
    assert network(tokens).shape == (4, LENGTH, VOCABULARY)


def plain_attention(q, k, v):
    """The textbook's: softmax of masked scores."""
    places = tf.range(q.shape[2])
    scores = tf.matmul(q, k, transpose_b=True)
    scores = tf.where(places[None, :] <= places[:, None], scores, -1e9)
    return tf.matmul(tf.nn.softmax(scores), v)


@pytest.mark.parametrize("part", [2, 128])
def test_attention_and_its_gradient_are_the_textbooks(part, monkeypatch):
    monkeypatch.setattr(causal_attention, "_PART", part)
    random = np.random.default_rng(0)
    q, k, v, up = (tf.constant(random.normal(size=(2, 3, 5, 4)), tf.float32) for _ in range(4))
    found = []
    for attend in (causal_attention.attend, plain_attention):
        with tf.GradientTape() as tape:
            tape.watch([q, k, v])
            means = attend(q, k, v)
        found.append([means, *tape.gradient(means, [q, k, v], up)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, atol=2e-6)


def test_an_island_computes_and_derives_what_the_plain_function_does():
    x, gain = tf.random.normal([3, 4, 8]), tf.random.normal([8])

    def values_and_gradients(x, gain):
        with tf.GradientTape() as tape:
            tape.watch([x, gain])
            y = island(normed, [x, gain], dtype="float32")
            y = island(activated, [y], kind="gelu")
        return [y, *tape.gradient(y, [x, gain])]

    plain = values_and_gradients(x, gain)
    compiled = tf.function(values_and_gradients)(x, gain)
    for one, other in zip(plain, compiled, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: language_transformer(1, 6), "vocabulary=1"),
        (lambda: language_transformer(5, 6, width=12, heads=4), "Use heads=3, or width=128"),
        (lambda: language_transformer(5, 6, width=9, heads=4), "heads. Use width=128"),
        (lambda: language_transformer(5, 6, dropout=1.0), "dropout=1.0"),
        (lambda: language_gru(5, 0), "length=0"),
    ],
)
def test_numbers_out_of_range_are_refused(make, said):
    with pytest.raises(ValueError, match=said):
        make()
