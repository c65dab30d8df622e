"""The VAE of texts: its likelihood, its masks, and what it writes."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.special import log_softmax, logsumexp
from scipy.stats import norm

import tfgen
from tfgen import networks, sampling, tokenizers
from tfgen.losses import FreeBits
from tfgen.vae.text_rows import characters
from tfgen.vae.token_rows import TokenRows

AB = tokenizers.Characters("ab")
LENGTH = 3
ALL = np.array([*itertools.product(range(AB.size), repeat=LENGTH)], np.int32)
# Behind an end there is nothing but ends: the texts of "a" and "b" up to three letters.
TEXTS = np.array([row for row in ALL if all(AB.end not in row[:t] or row[t] == AB.end
                                            for t in range(LENGTH))])  # fmt: skip


def encoder(kind, length=LENGTH, latent_dim=1, end=AB.end):
    if kind == "gru":
        return networks.gru_text_encoder(AB.size, length, 2 * latent_dim, 6, 4, end)
    return networks.transformer_text_encoder(AB.size, length, 2 * latent_dim, 8, 1, 2, end)


def decoder(kind, length=LENGTH, latent_dim=1):
    if kind == "gru":
        return networks.gru_text_decoder(AB.size, length, latent_dim, 6, 4, depth=2)
    return networks.transformer_text_decoder(AB.size, length, latent_dim, 8, 2, 2)


def model(kind="gru", latent_dim=1, seed=0, **arguments):
    """A VAE whose weights are large enough for every token to depend on z and those before."""
    keras.utils.set_random_seed(seed)
    networks_ = encoder(kind, latent_dim=latent_dim), decoder(kind, latent_dim=latent_dim)
    for weight in [w for network in networks_ for w in network.trainable_weights]:
        weight.assign_add(0.7 * tf.random.normal(weight.shape))
    return tfgen.TextVAE(*networks_, AB, latent_dim, **arguments)


kinds_of_networks = pytest.mark.parametrize("kind", ["gru", "transformer"])

# ------------------------------------------------------------------ the likelihood


@kinds_of_networks
def test_the_probabilities_of_all_texts_sum_to_one(kind):
    vae = model(kind)
    for z in (-2.0, 0.0, 1.0):
        log_prob = vae.decode(tf.fill([len(TEXTS), 1], z)).log_prob(TEXTS)
        assert float(tf.reduce_sum(tf.exp(log_prob))) == pytest.approx(1, abs=1e-5)
    assert np.ptp(vae.decode([[-2.0], [2.0]]).log_prob(TEXTS[:1].repeat(2, 0))) > 0.1  # z matters


def test_the_bound_is_the_exact_likelihood_by_integration_over_z():
    """p(x) = integral of p(x | z) N(z; 0, 1), by the trapezium rule in float64."""
    vae, grid = model(), np.linspace(-7, 7, 561)
    vae.encoder.tell.kernel.assign(0.1 * vae.encoder.tell.kernel)
    vae.encoder.tell.bias.assign([0.0, 1.0])  # posteriors wide enough for weights of little noise
    z = np.repeat(grid[:, None], len(TEXTS), 0).astype(np.float32)
    given = vae.decode(z).log_prob(np.tile(TEXTS, (len(grid), 1))).numpy().reshape(-1, len(TEXTS))
    joint = given.astype(np.float64) + norm.logpdf(grid)[:, None]
    exact = logsumexp(joint, axis=0) + np.log(grid[1] - grid[0])
    assert logsumexp(exact) == pytest.approx(0, abs=1e-4)  # p(x) itself sums to one
    found = vae.log_likelihood(TEXTS, num_samples=20_000, verbose=0)
    np.testing.assert_allclose(found, exact, atol=0.04)
    few = vae.log_likelihood(TEXTS.repeat(400, 0), num_samples=1, verbose=0)
    assert few.mean() < exact.mean() - 0.01  # a bound, and loose with one sample


def test_the_rate_is_the_divergence_by_monte_carlo():
    vae = model(latent_dim=2)
    posterior = vae.encode(TEXTS)
    z = posterior.sample(40_000, seed=1)
    estimates = (posterior.log_prob(z) - vae.prior.log_prob(z)).numpy()
    error = estimates.std(axis=0) / np.sqrt(len(estimates))
    rate = vae.objective(tf.constant(TEXTS), None, False)[1]["rate"]
    assert np.all(np.abs(estimates.mean(axis=0) - rate) < 5 * error + 1e-4)


@kinds_of_networks
def test_all_places_at_once_are_one_after_the_other(kind):
    vae, rows = model(kind, latent_dim=2), tf.constant(TEXTS)
    z = sampling.normal(sampling.seeds(0, len(TEXTS)), (2,))
    together = vae.decoder([z, rows])
    cache, before = vae.decoder.start(z), tf.fill([len(TEXTS)], vae.decoder.blank)
    for place in range(LENGTH):
        logits, cache = vae.decoder.step(before, tf.constant(place), cache)
        np.testing.assert_allclose(logits, together[:, place], atol=1e-5)
        before = rows[:, place]


@kinds_of_networks
def test_a_place_depends_on_those_before_it_alone(kind):
    network = decoder(kind, length=5)
    z, tokens = tf.ones([1, 1]), tf.constant([[0, 1, 0, 1, 0]])
    for changed in range(5):
        other = tf.tensor_scatter_nd_update(tokens, [[0, changed]], [2])
        moved = np.abs(network([z, tokens]) - network([z, other]))[0].max(axis=-1) > 0
        assert not moved[: changed + 1].any()
        assert moved[changed + 1 :].all()


# ------------------------------------------------------------------ masks


@kinds_of_networks
def test_padding_and_neighbours_change_nothing(kind):
    """Ends in front of longer rows, and whatever stands behind a first end."""
    long, short = encoder(kind, 9, latent_dim=2), encoder(kind, 4, latent_dim=2)
    short.set_weights([w[:4] if w.shape == (9, 8) else w for w in long.get_weights()])  # places
    texts = [[0, 1], [1], [0, 0, 1], []]
    rows = tokenizers.padded(texts, 9, AB.end)
    expected = short(rows[:, :4])
    np.testing.assert_allclose(long(rows), expected, atol=1e-6)
    np.testing.assert_allclose(long(rows[1:2]), expected[1:2], atol=1e-6)
    rows[0, 3:], rows[3, 1:] = 0, 1  # behind the end
    np.testing.assert_allclose(long(rows), expected, atol=1e-6)
    read_whole = encoder(kind, 9, latent_dim=2, end=None)
    read_whole.set_weights(long.get_weights())
    assert np.abs(read_whole(rows) - expected)[0].max() > 1e-4


def test_what_follows_an_end_is_not_counted():
    vae, z = model(), tf.zeros([2, 1])
    found = vae.decode(z).log_prob([[0, AB.end, AB.end], [0, AB.end, 1]])
    logits = vae.decoder([z[:1], tf.constant([[0, AB.end, AB.end]])]).numpy()[0]
    by_hand = log_softmax(logits, axis=-1)[[0, 1], [0, AB.end]].sum()
    np.testing.assert_allclose(found, [by_hand, by_hand], rtol=1e-5)
    whole = TokenRows(vae.decoder, z).log_prob([[0, AB.end, AB.end], [0, AB.end, 1]]).numpy()
    assert whole[0] < by_hand and whole[0] != whole[1]


# ------------------------------------------------------------------ training


def test_word_dropout_hides_its_share_of_what_the_decoder_sees():
    vae = model(word_dropout=0.3)
    rows = tf.constant(TEXTS[:1].repeat(4000, 0))
    hidden = vae._hidden(rows).numpy()
    assert np.mean(hidden == vae.decoder.blank) == pytest.approx(0.3, abs=0.015)
    np.testing.assert_array_equal(hidden[hidden != vae.decoder.blank],
                                  rows.numpy()[hidden != vae.decoder.blank])  # fmt: skip
    assert not np.array_equal(hidden, vae._hidden(rows))  # another step hides others
    z = tf.zeros([len(rows), 1])
    blind = vae.decode(z, training=True).log_prob(rows).numpy()
    seeing = vae.decode(z).log_prob(rows).numpy()
    assert np.ptp(seeing) < 1e-5 < np.ptp(blind)  # and only in training


def test_a_decoder_that_may_not_look_learns_to_use_z():
    """With every other token hidden, z tells whether a text is all "a" or all "b"."""
    keras.utils.set_random_seed(0)
    vae = tfgen.TextVAE(encoder("gru"), decoder("gru"), AB, 1, word_dropout=0.5,
                        rate=FreeBits(0.5))  # fmt: skip
    vae.compile(keras.optimizers.Adam(0.02), jit_compile=False)
    rows = vae.rows(["aaa", "bbb"] * 16)
    first = vae.fit(rows, batch_size=32, epochs=1, verbose=0).history["loss"][0]
    last = vae.fit(rows, batch_size=32, epochs=80, verbose=0).history
    assert last["loss"][-1] < 0.6 * first and last["active_units"][-1] == 1
    assert vae.texts(vae.reconstruct(["aaa", "bbb"])) == ["aaa", "bbb"]
    assert vae.interpolate("aaa", "bbb", 2) == ["aaa", "bbb"]


def test_gradients_reach_both_networks_and_are_finite():
    vae, rows = model(latent_dim=2), tf.constant(TEXTS)
    with tf.GradientTape() as tape:
        loss, _ = vae.objective(rows, None, training=True)
    for variable, gradient in zip(
        vae.trainable_variables, tape.gradient(loss, vae.trainable_variables), strict=True
    ):
        assert gradient is not None, variable.path
        assert np.isfinite(np.asarray(tf.convert_to_tensor(gradient))).all(), variable.path


# ------------------------------------------------------------------ use


@kinds_of_networks
def test_samples_are_of_the_distribution_and_end_once(kind):
    vae, count = model(kind), 3000
    z = tf.fill([count, 1], 0.5)
    drawn = vae._written(z, sampling.seeds(1, count)).numpy()
    shares = np.mean(np.all(drawn[:, None] == TEXTS[None], axis=-1), axis=0)
    assert shares.sum() == pytest.approx(1)  # after an end, ends
    expected = np.exp(vae.decode(tf.fill([len(TEXTS), 1], 0.5)).log_prob(TEXTS))
    error = np.sqrt(expected * (1 - expected) / count)
    assert np.all(np.abs(shares - expected) < 5 * error + 1e-3)
    few = vae._written(z[:3], sampling.seeds(1, 3)).numpy()
    np.testing.assert_array_equal(few, drawn[:3])
    again = vae.decode(z[:2]).sample(400, seed=3).numpy()
    assert again.shape == (400, 2, LENGTH) and len(np.unique(again.reshape(-1, LENGTH), axis=0)) > 3


def test_the_likeliest_token_each_time_is_temperature_zero():
    vae = model()
    z = sampling.normal(sampling.seeds(0, 8), (1,))
    greedy = vae.decode_examples(z).numpy()
    np.testing.assert_array_equal(greedy, vae._written(z, sampling.seeds(5, 8), temperature=0))
    np.testing.assert_array_equal(greedy, vae._written(z, sampling.seeds(5, 8), top_k=1))
    tokens = np.full([8, LENGTH], AB.end)
    for place in range(LENGTH):  # the whole row anew for each token
        likeliest = vae.decoder([z, tokens]).numpy().argmax(-1)[:, place]
        ended = (tokens[:, :place] == AB.end).any(axis=-1)
        tokens[:, place] = np.where(ended, AB.end, likeliest)
    np.testing.assert_array_equal(greedy, tokens)


def test_strings_and_rows_are_one():
    vae, texts = model(latent_dim=2), ["ab", "", "bba"]
    rows = vae.rows(texts)
    assert rows.tolist() == [[0, 1, 2], [2, 2, 2], [1, 1, 0]] and vae.texts(rows) == texts
    np.testing.assert_array_equal(vae.encode(texts).mean(), vae.encode(rows).mean())
    np.testing.assert_array_equal(vae.latents(texts), vae.latents(rows))
    whole = vae.log_likelihood(texts, 5, verbose=0)
    np.testing.assert_allclose(
        vae.log_likelihood(rows, 5, batch_size=2, verbose=0), whole, atol=1e-5
    )
    each = vae.log_likelihood(texts, 5, verbose=0, per="token")
    np.testing.assert_allclose(each, whole / [3, 1, 3], rtol=1e-6)
    own = vae.log_likelihood(["ab", "bba"], 5, verbose=0)
    per_character = vae.log_likelihood(["ab", "bba"], 5, verbose=0, per="character")
    np.testing.assert_allclose(per_character, own / [2, 3], rtol=1e-6)
    assert characters(AB, rows).tolist() == [2, 0, 3]


def test_a_file_keeps_the_model(tmp_path):
    vae = model("transformer", word_dropout=0.2, rate=FreeBits(0.1))
    vae.save(tmp_path / "vae.keras")
    loaded = tfgen.load_model(tmp_path / "vae.keras")
    assert (loaded.tokenizer, loaded.word_dropout, loaded.rate) == (AB, 0.2, FreeBits(0.1))
    np.testing.assert_array_equal(loaded.sample(5, 3), vae.sample(5, 3))


# ------------------------------------------------------------------ what can be wrong


def _vae(**changes):
    given = {"encoder": encoder("gru"), "decoder": decoder("gru"), "tokenizer": AB,
             "latent_dim": 1, **changes}  # fmt: skip
    return tfgen.TextVAE(**given)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tokenizer": tokenizers.Characters("abc")}, "decoder's vocabulary is 3: it must be 4"),
        ({"tokenizer": None}, "tokenizer=None"),
        ({"latent_dim": 2}, "decoder's latent_dim is 1: it must be 2"),
        ({"encoder": networks.gru_text_encoder(3, 4, 2, end=2)}, "encoder's length is 4"),
        ({"encoder": networks.gru_text_encoder(3, 3, 4, end=2)}, r"output shape is \(4,\)"),
        ({"padded": False}, "encoder's end is 2: it must be None"),
        ({"decoder": networks.mlp((1,), (3,))}, "without vocabulary, length"),
        ({"word_dropout": 1.0}, "word_dropout=1.0"),
        ({"encoder": None}, "encoder=None"),
    ],
)
def test_parts_that_do_not_fit_are_refused_in_one_line(changes, said):
    with pytest.raises(ValueError, match=said) as caught:
        _vae(**changes)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda vae: vae.encode(["abab"]), "4 tokens, 'abab': expected at most 3"),
        (lambda vae: vae.encode(["axb"]), "'x'"),
        (lambda vae: vae.fit(np.zeros([4, 5], np.int32), verbose=0), r"shape \(5,\)"),
        (lambda vae: vae.fit(np.zeros([4, 3], np.float32), verbose=0), "expected integers"),
        (lambda vae: vae.latents(np.full([4, 3], 9)), "from 9 to 9"),
        (lambda vae: vae.sample(0), "count"),
        (lambda vae: vae.sample(2, temperature=-1.0), "temperature=-1.0"),
        (lambda vae: vae.interpolate("a", "b", 1), "steps=1"),
        (lambda vae: vae.log_likelihood(["a"], per="word"), "per='word'"),
        (lambda vae: vae.log_likelihood(["a", ""], 1, verbose=0, per="character"), "empty text"),
    ],
)
def test_wrong_use_is_refused_in_one_line(use, said):
    vae = _vae()
    vae.compile("adam")
    with pytest.raises(ValueError, match=said) as caught:
        use(vae)
    assert "\n" not in str(caught.value)


def test_windows_of_a_stream_are_whole_rows():
    vae = _vae(encoder=encoder("gru", end=None), padded=False)
    rows = np.array([[0, AB.end, 1]], np.int32)
    expected = TokenRows(vae.decoder, tf.zeros([1, 1])).log_prob(rows)
    np.testing.assert_allclose(vae.decode(tf.zeros([1, 1])).log_prob(rows), expected, rtol=1e-6)
    assert len(np.unique(vae.sample(40).numpy(), axis=0)) > 9  # not all ends behind an end
    with pytest.raises(ValueError, match="expected exactly 3"):
        vae.encode(["ab"])
