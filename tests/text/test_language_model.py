"""Language models: their likelihood is exact, and what they write is of it."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfgen
from tfgen import networks, sampling
from tfgen.tokenizers import Bytes, Characters

TOKENIZER = Characters("abc")  # and the end, token 3
LENGTH = 4


def model(padded=False, length=LENGTH, tokenizer=TOKENIZER, gru=False):
    """A model with weights as large as trained ones."""
    keras.utils.set_random_seed(0)
    make = networks.language_gru if gru else networks.language_transformer
    arguments = {} if gru else {"heads": 2}
    network = make(tokenizer.size, length, width=8, depth=1, **arguments)
    random = np.random.default_rng(0)
    for weight in network.trainable_variables:
        weight.assign(weight + 0.3 * random.normal(size=weight.shape))
    return tfgen.LanguageModel(network, tokenizer, padded=padded)


def all_rows():
    return np.array([*itertools.product(range(4), repeat=LENGTH)], np.int32)


@pytest.mark.parametrize("gru", [False, True])
def test_the_likelihood_of_all_rows_sums_to_one(gru):
    assert np.exp(model(gru=gru).log_likelihood(all_rows())).sum() == pytest.approx(1, abs=1e-5)


def test_the_likelihood_of_all_texts_sums_to_one_whatever_fills_their_rows():
    """Texts of up to three characters with their end, and the beginnings of longer ones."""
    padded = model(padded=True)
    rows = {tuple(r) for r in all_rows() if all(r[i] != 3 or r[i + 1] == 3 for i in range(3))}
    total = np.exp(padded.log_likelihood(np.array(sorted(rows)))).sum()
    assert total == pytest.approx(1, abs=1e-5)


def test_padding_and_the_size_of_the_batch_change_nothing():
    long, short = model(padded=True, length=9), model(padded=True, length=9)
    texts = ["a", "abc", "cabbacab", "bb"]
    together = long.log_likelihood(texts)
    one_by_one = [float(long.log_likelihood([text])[0]) for text in texts]
    np.testing.assert_allclose(together, one_by_one, atol=1e-6)
    rows = np.array([[0, 3, 3, 3, 3, 3, 3, 3, 3], [0, 3, 1, 2, 0, 1, 2, 0, 1]], np.int32)
    first, second = long.log_likelihood(rows)
    assert first == pytest.approx(second, abs=1e-6)
    assert first == pytest.approx(together[0], abs=1e-6)
    logged = short.objective(tf.constant(rows), None, training=False)[1]["nats_per_token"]
    np.testing.assert_allclose(logged[:, 1], [2, 2])


def test_per_token_and_per_character():
    padded, texts = model(padded=True, length=9), ["abc", "cabbacab"]
    total = padded.log_likelihood(texts)
    np.testing.assert_allclose(padded.log_likelihood(texts, "token"), total / [4, 9])
    np.testing.assert_allclose(padded.log_likelihood(texts, "character"), total / [3, 8])


@pytest.mark.parametrize("stride", [None, 1, 3])
def test_long_texts_are_read_by_windows(stride):
    """Against windows cut by hand: each token once, with as much context as is promised."""
    stream = np.random.default_rng(1).integers(0, 3, 11).astype(np.int32)
    network, step = model(), stride or LENGTH // 2
    nats = network.stream_nats(stream, stride, batch_size=2)
    assert nats.shape == (11,)
    for place in range(11):
        window = 0 if place < LENGTH else -(-(place - LENGTH + 1) // step)
        stop = min(11, LENGTH + window * step)
        row = stream[max(0, stop - LENGTH) : stop]
        within = place - max(0, stop - LENGTH)
        expected = network.token_nats(row[None])[0][0, within]
        assert nats[place] == pytest.approx(float(expected), abs=1e-5)
        assert within >= min(place, LENGTH - step)
    text = TOKENIZER.decode(stream)
    assert network.log_likelihood([text])[0] == pytest.approx(-network.stream_nats(stream).sum())


@pytest.mark.parametrize("gru", [False, True])
def test_cached_and_uncached_generation_write_the_same(gru):
    network, seeds = model(length=8, gru=gru), sampling.seeds(3, 5)
    rows = network.draw(seeds)
    np.testing.assert_array_equal(rows, network.draw(seeds, cached=False))
    np.testing.assert_array_equal(rows, network.sample(5, 3))
    np.testing.assert_array_equal(rows[3:], network.sample(2, 3, start=3))


def test_samples_have_the_frequencies_of_the_likelihood():
    network = model(padded=True, length=2)
    found = [tuple(row) for row in network.sample(4000, 0).numpy()]
    for row in {*found}:
        p = float(np.exp(network.log_likelihood(np.array([row]))[0]))
        assert found.count(row) / 4000 == pytest.approx(p, abs=5 * (p * (1 - p) / 4000) ** 0.5)


def test_nothing_follows_an_end():
    rows = model(length=12).sample(40, 0).numpy()
    assert (rows == 3).any()
    ended = np.cumsum(rows == 3, axis=1) > 0
    assert np.all(rows[ended] == 3)


@pytest.mark.parametrize("prompt", ["", "ab", "abcabcabca"])
def test_texts_on_the_terminal_are_those_of_sample(prompt):
    """Beyond the window too, and with prompts longer than it."""
    network, order = model(length=6), {"prompt": prompt, "length": 25, "temperature": 0.8}
    network.network.outputs_layer.bias.assign([0.0, 0.0, 0.0, -3.0])  # ends are few
    lengths = set()
    for seed in range(4):
        text = network.kind.texts(network.sample(1, seed, **order))[0]
        assert prompt + "".join(network.write(**order, seed=seed)) == text
        lengths.add(len(text))
    assert max(lengths) > 12


def test_characters_of_several_bytes_come_whole():
    network = model(tokenizer=Bytes(), length=40)
    written = "".join(network.write(seed=1))
    assert written == network.kind.texts(network.sample(1, 1))[0]


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_it_learns_with_and_without_averages(ema):
    rows = np.tile(np.array([[0, 1, 2, 0]], np.int32), [32, 1])
    network = model()
    averages = {"use_ema": True, "ema_momentum": ema} if ema else {}
    optimizer = tfgen.training.Muon(0.02, exclude_layers=["logits"], **averages)
    network.compile(optimizer, run_eagerly=True)
    history = network.fit(rows, batch_size=8, epochs=4, verbose=0).history
    assert history["nats_per_token"][-1] < 0.6 * history["nats_per_token"][0]
    if ema:  # fit leaves the averages
        averaged = optimizer._model_variables_moving_average
        for weight, average in zip(network.trainable_variables, averaged, strict=True):
            np.testing.assert_allclose(weight, average, atol=1e-6)


BAD = {
    "an unknown character": (lambda m: m.sample(1, prompt="ax"), "'x' .once."),
    "a prompt that fills the text": (lambda m: m.sample(1, prompt="abca"), "a prompt of 4 tokens"),
    "temperature": (lambda m: m.sample(1, temperature=-1.0), "temperature=-1"),
    "top_k": (lambda m: m.write(top_k=0), "top_k=0"),
    "top_p": (lambda m: m.write(top_p=1.5), "top_p=1.5"),
    "length": (lambda m: m.sample(1, length=0), "length=0"),
    "no text": (lambda m: m.log_likelihood([""]), "no characters in text 0"),
    "one string": (lambda m: m.log_likelihood("ab"), r"Use \[text\]"),
    "per": (lambda m: m.log_likelihood(["ab"], per="line"), "per='line'"),
    "no stream": (lambda m: m.stream_nats([]), "one at least"),
    "stride": (lambda m: m.stream_nats([1, 2], stride=5), "stride=5"),
    "rows of another length": (lambda m: m.log_likelihood(np.zeros([2, 3], int)), "3"),
}


@pytest.mark.parametrize(("call", "said"), BAD.values(), ids=list(BAD))
def test_what_cannot_be_is_refused_in_one_line(call, said):
    with pytest.raises(ValueError, match=said):
        call(model())


def test_whole_texts_end_where_rows_do():
    with pytest.raises(ValueError, match="whole texts of up to 4"):
        model(padded=True).sample(1, length=5)
    with pytest.raises(ValueError, match="a text of 5 tokens, its end among them"):
        model(padded=True).log_likelihood(["abca"])


def test_a_tokenizer_of_another_size_is_refused():
    network = networks.language_transformer(7, 4, width=8, depth=1, heads=2)
    with pytest.raises(ValueError, match="vocabulary=7 and a tokenizer of 4 tokens"):
        tfgen.LanguageModel(network, TOKENIZER)


def compiled_parts(function, *specs):
    """How many functions of a graph are to be compiled by XLA."""
    graph = tf.function(function).get_concrete_function(*specs).graph.as_graph_def()
    functions = graph.library.function
    return sum(f.attr["_XlaMustCompile"].b for f in functions if "_XlaMustCompile" in f.attr)


def test_steps_have_islands_and_exported_graphs_have_none():
    network, rows = model(), tf.TensorSpec([2, LENGTH], tf.int32)
    generate = network.endpoints()["generate"]
    seeds = tf.TensorSpec([None, 2], tf.int32)
    assert compiled_parts(lambda seed: generate(seed=seed), seeds) == 0
    assert compiled_parts(lambda x: network.objective(x, None, True)[0], rows) > 5
