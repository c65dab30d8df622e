"""Transformers: who sees whom, and one place at a time."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.networks import causal_transformer, masked_transformer

VOCABULARY, LENGTH = 5, 6


def make(function=causal_transformer, **arguments):
    keras.utils.set_random_seed(0)
    network = function(VOCABULARY, LENGTH, width=8, depth=2, heads=2, **arguments)
    for weight in network.trainable_variables:  # as large as trained ones: everything is seen
        weight.assign(weight * 3.0 + 0.1 * np.random.default_rng(0).normal(size=weight.shape))
    return network


def rows(count=4, seed=0):
    return np.random.default_rng(seed).integers(0, VOCABULARY, [count, LENGTH]).astype(np.int32)


def influence(network):
    """How much the vector of each place moves the logits of each: [logits of, vector of]."""
    table = []
    for place in range(LENGTH):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(network(rows())[:, place, 0])
        table.append(np.abs(tape.gradient(loss, network.positions.value)).max(-1))
    return np.array(table)


def test_causal_by_gradient():
    table = influence(make())
    assert np.all(table[np.triu_indices(LENGTH, 1)] == 0)
    assert np.all(table[np.tril_indices(LENGTH)] > 1e-6)


def test_masked_transformer_sees_both_ways():
    assert np.all(influence(make(masked_transformer)) > 1e-6)


def test_a_token_changes_only_what_comes_after_it():
    network, tokens = make(), rows()
    for place in range(LENGTH):
        other = tokens.copy()
        other[:, place] = (other[:, place] + 1) % VOCABULARY
        change = np.abs(network(tokens) - network(other)).max(axis=(0, 2))
        assert np.all(change[: place + 1] == 0)
        assert np.all(change[place + 1 :] > 1e-6)


@pytest.mark.parametrize("num_classes", [None, 3])
def test_steps_compute_what_the_whole_does(num_classes):
    network, tokens = make(num_classes=num_classes), rows()
    labels = None if num_classes is None else np.array([0, 1, 2, 3], np.int32)  # 3: no class
    expected = network(tokens if labels is None else [tokens, labels])
    cache, previous = network.empty_cache(4), np.full([4], network.blank, np.int32)
    for place in range(LENGTH):
        logits, cache = network.step(tf.constant(previous), tf.constant(place), cache, labels)
        np.testing.assert_allclose(logits, expected[:, place], rtol=1e-5, atol=1e-4)
        previous = tokens[:, place]


def test_every_weight_gets_a_gradient():
    network = make(num_classes=3)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(network([rows(), np.array([0, 1, 2, 3])]) ** 2)
    for weight, gradient in zip(
        network.trainable_variables,
        tape.gradient(loss, [w.value for w in network.trainable_variables]),
        strict=True,
    ):
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0, weight.path


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_gives_float32_logits_near_those_of_float32(policy):
    expected = make(num_classes=3)([rows(), np.zeros(4, np.int32)])
    keras.config.set_dtype_policy(policy)
    network = make(num_classes=3)
    assert network.blocks[0].heads_in.compute_dtype == policy.removeprefix("mixed_")
    received = network([rows(), np.zeros(4, np.int32)])
    assert received.dtype == tf.float32
    np.testing.assert_allclose(received, expected, atol=0.1 * np.abs(expected).max())


def test_keras_file_gives_the_same_network(tmp_path):
    network = make(num_classes=3)
    network.save(tmp_path / "network.keras")
    inputs = [rows(), np.array([0, 1, 2, 3], np.int32)]
    loaded = keras.models.load_model(tmp_path / "network.keras")
    np.testing.assert_array_equal(network(inputs), loaded(inputs))


def test_bad_numbers():
    with pytest.raises(ValueError, match="width=9 and heads=2: the width must be a positive"):
        causal_transformer(5, 6, width=9, heads=2)
    with pytest.raises(ValueError, match="vocabulary=1: expected an integer of at least 2"):
        causal_transformer(1, 6)
    with pytest.raises(ValueError, match="num_classes=1"):
        masked_transformer(5, 6, num_classes=1)
    with pytest.raises(ValueError, match="received no labels"):
        make(num_classes=3)(rows())
