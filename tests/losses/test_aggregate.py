"""Rates of a whole batch, against closed forms, enumerations and NumPy."""

import itertools
import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from models import small_vae
from scipy.special import logsumexp
from scipy.stats import norm

import tfgen
from tfgen import losses

RNG = np.random.default_rng(0)
BATCH, UNITS, EXAMPLES = 6, 3, 50


def latents_of(mean, scale, rng=RNG):
    z = mean + scale * rng.normal(size=mean.shape)
    arrays = (mean, scale, z, rng.normal(size=mean.shape))
    return losses.Latents(*(tf.constant(a, tf.float32) for a in arrays))


LATENTS = latents_of(RNG.normal(size=(BATCH, UNITS)), RNG.uniform(0.3, 1.2, (BATCH, UNITS)))
KL = tf.constant(RNG.uniform(0.1, 2.0, (BATCH, UNITS)), tf.float32)


@pytest.mark.parametrize("stratified", [False, True])
def test_the_parts_add_up_to_the_kl(stratified):
    mean, scale, z, _ = (np.asarray(each, np.float64) for each in LATENTS)
    log_prior = norm.logpdf(z).sum(1)
    parts = losses.kl_parts(LATENTS, tf.constant(log_prior, tf.float32), EXAMPLES, stratified)
    expected = norm.logpdf(z, mean, scale).sum(1) - log_prior
    np.testing.assert_allclose(sum(parts.values()), expected, rtol=1e-4, atol=1e-4)
    assert set(parts) == {"mutual_information", "total_correlation", "dimension_wise"}


def test_minibatch_weighting_is_its_formula():
    mean, scale, z, _ = (np.asarray(each, np.float64) for each in LATENTS)
    density = norm.logpdf(z[:, None], mean, scale)  # [batch, batch, units]
    whole, units = losses.aggregate_log_probs(LATENTS, EXAMPLES)
    less = math.log(EXAMPLES * BATCH)
    np.testing.assert_allclose(whole, logsumexp(density.sum(-1), axis=1) - less, rtol=1e-5)
    np.testing.assert_allclose(units, logsumexp(density, axis=1) - less, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("batch", [2, 3, 4])
def test_stratification_is_right_on_average(batch):
    """Over every order in which the other examples of a data set can join the first."""
    count = 4
    mean, scale = RNG.normal(size=(count, 2)), RNG.uniform(0.5, 1.0, (count, 2))
    z = mean[0] + scale[0] * RNG.normal(size=2)
    found = []
    for others in itertools.permutations(range(1, count), batch - 1):
        rows = [0, *others]
        given = (mean[rows], scale[rows], np.tile(z, (batch, 1)), mean[rows])
        latents = losses.Latents(*(tf.constant(a, tf.float32) for a in given))
        whole, units = losses.aggregate_log_probs(latents, count, stratified=True)
        found.append([np.exp(whole[0]), *np.exp(units[0])])
    density = norm.pdf(z, mean, scale)
    expected = [density.prod(1).mean(), *density.mean(0)]
    np.testing.assert_allclose(np.mean(found, axis=0), expected, rtol=1e-4)


def test_total_correlation_of_gaussians_is_the_closed_form():
    """Means of covariance S and noise of variance s^2 make an aggregate N(0, S + s^2 I)."""
    count, scale = 1500, 0.6
    mixing = np.array([[1.0, 0.0], [0.8, 0.5]])
    mean = RNG.normal(size=(count, 2)) @ mixing.T
    latents = latents_of(mean, np.full((count, 2), scale))
    covariance = mixing @ mixing.T + scale**2 * np.eye(2)
    expected = 0.5 * (np.log(np.diag(covariance)).sum() - np.linalg.slogdet(covariance)[1])
    parts = losses.kl_parts(latents, tf.zeros([count]), count, stratified=True)
    assert np.mean(parts["total_correlation"]) == pytest.approx(expected, abs=0.03)
    information = 0.5 * (np.linalg.slogdet(covariance)[1] - 4 * math.log(scale))
    assert np.mean(parts["mutual_information"]) == pytest.approx(information, abs=0.06)


def test_total_correlation_is_charged_on_top_of_the_kl():
    rate = losses.TotalCorrelation(EXAMPLES, weight=4.0)
    whole, units = losses.aggregate_log_probs(LATENTS, EXAMPLES)
    expected = np.sum(KL, axis=1) + 3.0 * (whole - np.sum(units, axis=1))
    np.testing.assert_allclose(rate(KL, 0, LATENTS), expected, rtol=1e-5)
    plain = losses.TotalCorrelation(EXAMPLES, weight=1.0)
    np.testing.assert_allclose(plain(KL, 0, LATENTS), np.sum(KL, axis=1), rtol=1e-6)


@pytest.mark.parametrize("kind", ["I", "II"])
def test_dip_is_the_covariance_in_numpy(kind):
    mean, scale, *_ = (np.asarray(each, np.float64) for each in LATENTS)
    covariance = np.cov(mean.T, bias=True)
    if kind == "II":
        covariance += np.diag((scale**2).mean(0))
    off = covariance - np.diag(np.diag(covariance))
    penalty = 2.0 * np.sum(off**2) + 5.0 * np.sum((np.diag(covariance) - 1) ** 2)
    found = losses.DIP(2.0, 5.0, kind)(KL, 0, LATENTS)
    np.testing.assert_allclose(found, np.sum(KL, axis=1) + penalty, rtol=1e-5)


def _kernel(a, b):
    squares = np.sum((a[:, None] - b) ** 2, axis=-1)
    widths = [2 * a.shape[1] * s**2 for s in (0.1, 0.2, 0.5, 1, 2, 5, 10)]
    return sum(w / (w + squares) for w in widths)


def test_mmd_is_the_unbiased_estimate():
    z, other = (np.asarray(each, np.float64) for each in LATENTS[2:])
    within = [(_kernel(a, a).sum() - 7 * BATCH) / (BATCH * (BATCH - 1)) for a in (z, other)]
    expected = sum(within) - 2 * _kernel(z, other).mean()
    found = losses.discrepancy(LATENTS.z, LATENTS.prior_z)
    assert np.mean(found) == pytest.approx(expected, rel=1e-4)
    rate = losses.MMD(3.0, kl_weight=0.5)(KL, 0, LATENTS)
    np.testing.assert_allclose(rate, 0.5 * np.sum(KL, axis=1) + 3.0 * found, rtol=1e-4)


def test_mmd_of_samples_of_one_distribution_is_nothing_on_average():
    def mean_mmd(shift, repeats):
        draws = RNG.normal(size=(repeats, 2, 40, 2)).astype("float32")
        found = [tf.reduce_mean(losses.discrepancy(a + shift, b)) for a, b in draws]
        return np.mean(found), np.std(found) / math.sqrt(repeats)

    same, error = mean_mmd(0.0, 60)
    assert abs(same) < 3 * error
    assert mean_mmd(1.0, 5)[0] > 20 * error


RATES = [
    losses.TotalCorrelation(EXAMPLES),
    losses.TotalCorrelation(EXAMPLES, stratified=True),
    losses.DIP(),
    losses.DIP(kind="II"),
    losses.MMD(kl_weight=0.1),
]


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_a_rate_reaches_the_encoder_and_is_saved(rate, tmp_path):
    keras.utils.set_random_seed(0)
    vae = small_vae(rate=rate)
    images = RNG.uniform(size=(8, 8, 8, 1)).astype("float32")
    with tf.GradientTape() as tape:
        loss, terms = vae.objective(images, None, training=True)
        extra = loss - terms["distortion"] - terms["rate"]
    assert loss.shape == (8,)
    gradients = tape.gradient(extra, vae.encoder.trainable_variables)
    assert all(np.isfinite(g).all() for g in gradients) and np.abs(gradients[0]).max() > 0
    vae.save(tmp_path / "vae.keras")
    assert tfgen.load_model(tmp_path / "vae.keras").rate == rate


@pytest.mark.parametrize(
    "make, said",
    [
        (lambda: losses.TotalCorrelation(0), "examples=0"),
        (lambda: losses.TotalCorrelation(10, -1.0), "weight=-1.0"),
        (lambda: losses.DIP(float("nan")), "off_diagonal=nan"),
        (lambda: losses.DIP(kind="III"), "kind='III'"),
        (lambda: losses.MMD(-1.0), "weight=-1.0"),
    ],
)
def test_bad_settings_are_told_in_one_line(make, said):
    with pytest.raises(ValueError, match=f"received {said}[^\n]*$"):
        make()
