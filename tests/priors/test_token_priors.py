"""Priors over tokens: exact, sampled, trained, saved, replicated."""

import functools
import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen import networks, sampling
from tfgen.priors import CausalTokenPrior, MaskedTokenPrior

VOCABULARY, LENGTH = 3, 4


def network(causal=True, num_classes=None, vocabulary=VOCABULARY, length=LENGTH):
    keras.utils.set_random_seed(0)
    function = networks.causal_transformer if causal else networks.masked_transformer
    return function(vocabulary, length, width=16, depth=2, heads=2, num_classes=num_classes)


def causal(**arguments):
    return CausalTokenPrior(network(True, **arguments))


def masked(**arguments):
    return MaskedTokenPrior(network(False, **arguments))


MODELS = {
    "causal": causal,
    "causal-conditional": lambda: causal(num_classes=2),
    "masked": masked,
    "masked-conditional": lambda: masked(num_classes=2),
}
every_model = pytest.mark.parametrize("name", MODELS)


def grammar(count, seed=0):
    """Rows that start anywhere and count upwards, or downwards in class 1: [count, 4], [count]."""
    rng = np.random.default_rng(seed)
    first, labels = rng.integers(0, VOCABULARY, count), rng.integers(0, 2, count)
    steps = np.where(labels == 0, 1, -1)[:, None] * np.arange(LENGTH)
    return ((first[:, None] + steps) % VOCABULARY).astype(np.int32), labels.astype(np.int32)


def follows(rows, labels):
    steps = np.where(np.asarray(labels) == 0, 1, 2)[:, None]
    return np.all(np.diff(rows, axis=1) % VOCABULARY == steps, axis=1)


def data(model, count=64):
    rows, labels = grammar(count)
    arrays = rows if model.num_classes is None else (rows, labels)
    return tf.data.Dataset.from_tensor_slices(arrays).batch(32)


def fitted(name, epochs=1, count=64, eagerly=True, epsilon=1e-3):
    """A model and what it logged; eagerly, as tracing takes longer than a few steps do."""
    keras.utils.set_random_seed(1)
    model = MODELS[name]()
    # Epsilon above rounding errors: Adam would make whole steps of gradients that are nothing else.
    model.compile(keras.optimizers.Adam(1e-2, epsilon=epsilon), run_eagerly=eagerly)
    history = model.fit(data(model, count), epochs=epochs, verbose=0).history
    return model, history


def labels_for(model, count):
    return None if model.num_classes is None else np.arange(count, dtype=np.int32) % 2


@functools.cache
def trained(name):
    """A model after one epoch of 44 rows, for tests that leave it be, and what it logged."""
    return fitted(name, count=44)


@pytest.mark.parametrize("num_classes", [None, 2])
def test_exact_likelihood_sums_to_one_over_all_rows(num_classes):
    model = causal(num_classes=num_classes)
    rows = np.array([*itertools.product(range(VOCABULARY), repeat=LENGTH)], np.int32)
    for label in range(num_classes or 1):
        labels = None if num_classes is None else np.full(len(rows), label)
        nats = model.log_likelihood(rows, labels, batch_size=30).astype(np.float64)
        assert np.exp(nats).sum() == pytest.approx(1.0, abs=1e-5)
        assert nats.std() > 0.1  # not the uniform distribution, of which this would be no news


def test_likelihood_is_the_product_of_the_conditionals():
    model, (rows, _) = causal(), grammar(10)
    logits = model(rows).numpy().astype(np.float64)
    log_p = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    expected = np.take_along_axis(log_p, rows[..., None], -1).sum((1, 2))
    np.testing.assert_allclose(model.log_likelihood(rows), expected, rtol=1e-5)
    loss, terms = model.objective(rows, None, training=False)
    np.testing.assert_allclose(loss, -expected, rtol=1e-5)
    np.testing.assert_allclose(terms["bits_per_dim"], -expected / np.log(2) / LENGTH, rtol=1e-5)


def test_samples_have_the_probabilities_of_the_likelihood():
    model, count = causal(length=2), 20_000
    rows = np.array([*itertools.product(range(VOCABULARY), repeat=2)], np.int32)
    drawn = model.sample(count, seed=1).numpy()
    received = [np.mean(np.all(drawn == row, axis=1)) for row in rows]
    np.testing.assert_allclose(received, np.exp(model.log_likelihood(rows)), atol=0.015)


@pytest.mark.parametrize("settings", [
    {}, {"temperature": 0.7, "top_k": 5, "top_p": 0.9}, {"guidance": 1.5},
])  # fmt: skip
def test_cached_sampling_equals_uncached_token_for_token(settings):
    model = causal(num_classes=2, vocabulary=11, length=12)
    labels = labels_for(model, 32)
    cached = model.sample(32, 3, labels, **settings)
    np.testing.assert_array_equal(cached, model.sample(32, 3, labels, cached=False, **settings))
    assert len(np.unique(cached, axis=0)) > 16


def test_guidance_weighs_the_class_against_none():
    """At temperature 0 the first token is the likeliest of the logits moved by hand."""
    model = causal(num_classes=2, vocabulary=11, length=12)
    seeds, labels, nothing = sampling.seeds(0, 2), np.array([0, 1]), np.full(2, 2)
    tokens = np.zeros([2, 12], np.int32)
    with_class, without = model([tokens, labels])[:, 0], model([tokens, nothing])[:, 0]
    for guidance in (0.0, 30.0):
        expected = np.argmax((1 + guidance) * with_class - guidance * without, axis=-1)
        received = model.draw(seeds, labels, temperature=0, guidance=guidance)[:, 0]
        np.testing.assert_array_equal(received, expected)


def test_masked_sampling_unmasks_as_scheduled(monkeypatch):
    model, seen = masked(vocabulary=11, length=16), []
    logits = model._logits

    def counting(tokens, *rest):
        tf.py_function(lambda t: seen.append((t.numpy() == 11).sum(1).tolist()), [tokens], [])
        return logits(tokens, *rest)

    monkeypatch.setattr(model, "_logits", counting)
    drawn = model.sample(3, seed=0, passes=4).numpy()
    assert seen == [[16] * 3, [14] * 3, [11] * 3, [6] * 3]
    assert drawn.min() >= 0 and drawn.max() < 11


@every_model
def test_rows_depend_on_seed_place_and_label_only(name):
    model = MODELS[name]()
    passes = {"passes": 2} if "masked" in name else {}
    few = model.sample(5, 3, labels_for(model, 5), **passes)
    many = model.sample(9, 3, labels_for(model, 9), **passes)
    np.testing.assert_array_equal(few, many[:5])
    assert np.any(many != model.sample(9, 4, labels_for(model, 9), **passes))


@pytest.mark.parametrize("name, least", [
    ("causal", 0.85), ("causal-conditional", 0.85), ("masked", 0.85), ("masked-conditional", 0.3),
])  # fmt: skip
def test_learns_a_grammar_and_the_meaning_of_labels(name, least):
    """By chance, 3 or 6 of 81 rows would be right; filling in by label is what is learned last."""
    epochs = 80 if name == "masked-conditional" else 40
    model, history = fitted(name, epochs, count=256, eagerly=False, epsilon=1e-7)
    settings = {"passes": 4, "choice_temperature": 1.0} if "masked" in name else {}
    assert history["loss"][-1] < 0.75 * history["loss"][0]
    labels = labels_for(model, 200)
    rows = model.sample(200, 0, labels, **settings).numpy()
    right = follows(rows, np.zeros(200)) | follows(rows, np.ones(200))
    if labels is not None:
        right = follows(rows, labels)
    assert right.mean() > least
    if name == "causal-conditional":  # one of three rows, and nothing else to learn
        bits = model.evaluate(data(model), verbose=0, return_dict=True)["bits_per_dim"]
        assert bits == pytest.approx(np.log2(3) / LENGTH, abs=0.1)


@every_model
def test_two_replicas_give_the_weights_of_one_in_graphs(name, two_replicas):
    one, history = trained(name)  # its last batch of 12 is split 6 and 6, or 12 and 0
    with two_replicas.scope():
        two, replicated = fitted(name, count=44, eagerly=False)
    for variable, a, b in zip(one.weights, one.get_weights(), two.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-6, atol=2e-6, err_msg=variable.path)
    for key, values in history.items():
        assert replicated[key] == pytest.approx(values, rel=1e-5), key


def test_labels_are_dropped_in_training_at_the_rate_asked_for():
    model = causal(num_classes=2)
    labels = tf.zeros([5000], tf.int32)
    dropped = model._begin_step(labels, sampling.seeds(0, 5000)).numpy()
    assert set(dropped) == {0, 2}
    assert np.mean(dropped == 2) == pytest.approx(0.1, abs=0.02)


def test_bad_input():
    with pytest.raises(ValueError, match="expected one made by tfgen.networks.causal_transformer"):
        CausalTokenPrior(network(causal=False))
    with pytest.raises(ValueError, match="expected one made by tfgen.networks.masked_transformer"):
        MaskedTokenPrior(networks.mlp((4,), (4, 3)))
    with pytest.raises(ValueError, match="label_dropout=1.0"):
        CausalTokenPrior(network(), label_dropout=1.0)
    model, (rows, labels) = causal(num_classes=2), grammar(8)
    model.compile("adam")
    with pytest.raises(ValueError, match="received no labels: the model is class-conditional"):
        model.fit(rows)
    with pytest.raises(ValueError, match=r"indices from 0 to 3: they must lie in \[0, 2\]"):
        model.fit(np.where(rows == 2, 3, rows), labels)
    with pytest.raises(ValueError, match=r"labels from 0 to 2: they must lie in \[0, 1\]"):
        model.fit(rows, np.arange(8) % 3)
    with pytest.raises(ValueError, match=r"indices of shape \(2, 2\): the network takes \(4,\)"):
        model.fit(rows.reshape(-1, 2, 2), labels)
    with pytest.raises(ValueError, match="received no labels"):
        model.sample(3)
    with pytest.raises(ValueError, match="count=0"):
        model.sample(0)
    for settings, message in [
        ({"temperature": -1.0}, "temperature=-1.0"),
        ({"top_k": 0}, "top_k=0"),
        ({"top_p": 0.0}, "top_p=0.0"),
    ]:
        with pytest.raises(ValueError, match=message):
            model.sample(3, 0, np.zeros(3), **settings)
    with pytest.raises(ValueError, match="no classes to guide towards"):
        causal().sample(3, guidance=1.0)
    with pytest.raises(ValueError, match="choice_temperature=-1"):
        masked().sample(3, passes=2, choice_temperature=-1)
