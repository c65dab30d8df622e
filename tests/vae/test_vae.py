import keras
import numpy as np
import pytest
import tensorflow as tf
from models import compiled, small_conv_vae, small_vae
from scipy.stats import multivariate_normal

import tfgen
from tfgen import likelihoods, networks, schedules
from tfgen.losses import FreeBits
from tfgen.vae.likelihood_bounds import log_weights

NOISE = 0.5  # scale of the linear-Gaussian likelihood
PIXELS, LATENT_DIM = 4, 2


@pytest.fixture
def linear_gaussian():
    """A VAE whose log p(x) is known: x = W z + b + noise, all normal.

    Its posterior is near the exact one, but wider and without the correlations.
    """
    encoder = networks.mlp((2, 2, 1), (2 * LATENT_DIM,), hidden=())
    decoder = networks.mlp((LATENT_DIM,), (2, 2, 1), hidden=())
    rng = np.random.default_rng(0)
    w, b = rng.normal(size=(LATENT_DIM, PIXELS)), rng.normal(size=PIXELS)
    decoder.set_weights([w, b])
    covariance = np.linalg.inv(np.eye(LATENT_DIM) + w @ w.T / NOISE**2)
    means = w.T @ covariance / NOISE**2
    raw_scales = np.log(np.expm1(1.3 * np.sqrt(np.diag(covariance))))
    bias = np.concatenate([-b @ means, raw_scales])
    encoder.set_weights([np.concatenate([means, np.zeros_like(means)], axis=1), bias])
    vae = tfgen.VAE(encoder, decoder, likelihoods.Gaussian(scale=NOISE), LATENT_DIM)
    exact = multivariate_normal(b, w.T @ w + NOISE**2 * np.eye(PIXELS))
    x = exact.rvs(50, random_state=1).astype(np.float32)
    return vae, x.reshape(-1, 2, 2, 1), exact.logpdf(x)


def exact_posterior(vae, x):
    w, b = vae.decoder.get_weights()
    precision = np.eye(LATENT_DIM) + w @ w.T / NOISE**2
    covariance = np.linalg.inv(precision)
    return (x.reshape(-1, PIXELS) - b) @ w.T @ covariance / NOISE**2, covariance


def test_log_likelihood_agrees_with_the_exact_log_p(linear_gaussian):
    vae, x, exact = linear_gaussian
    estimate = vae.log_likelihood(x, num_samples=20_000)
    np.testing.assert_allclose(estimate, exact, atol=0.05)
    assert abs(np.mean(estimate - exact)) < 0.005


def test_bound_rises_with_the_samples_and_stays_below(linear_gaussian):
    vae, x, exact = linear_gaussian
    bounds = [
        vae.log_likelihood(np.repeat(x, 200 // k + 1, 0), k, batch_size=1000).mean()
        for k in (1, 5, 50, 500)
    ]
    assert np.all(np.diff(bounds) > 0), bounds
    assert bounds[-1] < exact.mean() + 0.01


def test_one_sample_bound_is_the_elbo(linear_gaussian):
    """Mean of log w over z against distortion in expectation and the closed-form KL, in NumPy."""
    vae, x, _ = linear_gaussian
    posterior = vae.encode(x)
    mean, scale = posterior.mean().numpy(), posterior.stddev().numpy()
    kl = 0.5 * (mean**2 + scale**2 - 1 - 2 * np.log(scale)).sum(-1)
    w, b = vae.decoder.get_weights()
    residual = x.reshape(-1, PIXELS) - mean @ w - b
    spread = np.einsum("dp,bd->b", w**2, scale**2)
    distortion = ((residual**2).sum(-1) + spread) / (2 * NOISE**2)
    distortion += PIXELS * np.log(NOISE * np.sqrt(2 * np.pi))
    estimates = vae.log_likelihood(np.concatenate([x] * 300), 1, batch_size=1000).reshape(300, -1)
    error = estimates.std(0) / np.sqrt(300)
    assert np.all(np.abs(estimates.mean(0) + distortion + kl) < 5 * error)


def test_exact_posterior_makes_every_weight_log_p(linear_gaussian):
    """With q(z|x) = p(z|x), log p(x, z) - log q(z|x) is log p(x) for every z whatever."""
    vae, x, exact = linear_gaussian
    mean, covariance = exact_posterior(vae, x)
    posterior = tfgen.vae.vae.tfd.MultivariateNormalTriL(
        mean.astype(np.float32), np.linalg.cholesky(covariance).astype(np.float32)
    )
    z = tf.random.stateless_normal([7, 50, LATENT_DIM], [1, 2])
    weights = log_weights(vae, x, None, posterior, z)
    np.testing.assert_allclose(weights, np.tile(exact, (7, 1)), atol=1e-3)


@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_log_likelihood_does_not_depend_on_the_batches(linear_gaussian, batch_size):
    vae, x, _ = linear_gaussian
    whole = vae.log_likelihood(x, 37, batch_size=64)
    np.testing.assert_allclose(vae.log_likelihood(x, 37, batch_size=batch_size), whole, atol=1e-4)
    data = tf.data.Dataset.from_tensor_slices(x).batch(batch_size)
    np.testing.assert_allclose(vae.log_likelihood(data, 37), whole, atol=1e-4)


def test_log_likelihood_uses_every_remaining_sample(linear_gaussian, monkeypatch):
    """In chunks of 3, 10 samples are 3 + 3 + 3 + 1: the same as in one chunk."""
    vae, x, _ = linear_gaussian
    whole = vae.log_likelihood(x, 10)
    monkeypatch.setattr("tfgen.vae.likelihood_bounds._ROWS", 3 * len(x))
    np.testing.assert_allclose(vae.log_likelihood(x, 10), whole, atol=1e-4)


def test_objective_is_distortion_plus_weighted_rate(digits):
    vae = small_vae(beta=3.0, rate=FreeBits(0.5))
    loss, terms = vae.objective(digits, None, training=False)
    posterior = vae.encode(digits)
    mean, scale = posterior.mean().numpy(), posterior.stddev().numpy()
    kl = 0.5 * (mean**2 + scale**2 - 1 - 2 * np.log(scale))
    np.testing.assert_allclose(terms["rate"], kl.sum(-1), rtol=1e-4, atol=1e-5)
    expected = terms["distortion"].numpy() + 3.0 * np.maximum(kl, 0.5).sum(-1)
    np.testing.assert_allclose(loss, expected, rtol=1e-5)
    np.testing.assert_allclose(terms["elbo"], -(terms["distortion"] + terms["rate"]))


def test_schedule_follows_the_optimizer_step_and_survives_a_reload(digits, tmp_path):
    vae = compiled(small_vae(beta=schedules.Warmup(4)))
    gap = []
    for _ in range(2):
        vae.fit(digits[:64], batch_size=32, verbose=0)
        vae.save(tmp_path / "vae.keras")
        vae = keras.models.load_model(tmp_path / "vae.keras")
        loss, terms = vae.objective(digits, None, training=False)
        gap.append(np.mean((loss - terms["distortion"]) / terms["rate"]))
    np.testing.assert_allclose(gap, [0.5, 1.0], rtol=1e-4)


def test_training_lowers_the_loss_on_real_digits(digits):
    vae = compiled(small_conv_vae())
    losses = vae.fit(digits, epochs=15, batch_size=32, verbose=0).history["loss"]
    assert losses[-1] < 0.75 * losses[0]


def test_sample_depends_on_seed_and_place_only():
    vae = small_vae()
    five, nine = vae.sample(5, seed=3), vae.sample(9, seed=3)
    np.testing.assert_allclose(five, nine[:5], atol=1e-6)
    assert np.abs(five - vae.sample(5, seed=4)).max() > 1e-3


def test_conditional_model_listens_to_its_labels(digits):
    vae = small_vae(num_classes=10)
    images = [vae.sample(4, seed=0, labels=np.full(4, label)) for label in (1, 2)]
    assert np.abs(images[0] - images[1]).max() > 1e-4
    with pytest.raises(ValueError, match="received no labels"):
        vae.sample(4)
    labels = np.arange(256) % 10
    assert np.isfinite(vae.log_likelihood((digits, labels), 3)).all()


def test_endpoints_agree_with_the_methods():
    vae = small_vae()
    endpoints = vae.endpoints()
    seeds = endpoints["generate"].examples(5, 7)["seed"]
    generated = endpoints["generate"](seed=seeds)["images"]
    np.testing.assert_allclose(generated, vae.sample(5, seed=7), atol=1e-6)
    encoded = endpoints["encode"](images=generated)
    np.testing.assert_allclose(encoded["mean"], vae.encode(generated).mean(), atol=1e-6)
    decoded = endpoints["decode"](z=encoded["mean"])["images"]
    np.testing.assert_allclose(decoded, vae.reconstruct(generated), atol=1e-6)
    np.testing.assert_allclose(decoded, vae(generated), atol=1e-6)


BAD_NETWORKS = {
    "encoder's output shape": {"encoder": networks.mlp((8, 8, 1), (5,))},
    "decoder's input shape": {"decoder": networks.mlp((4,), (8, 8, 1))},
    "decoder's output shape": {"decoder": networks.mlp((3,), (8, 8, 2))},
    "number of inputs": {"num_classes": 3},
}


@pytest.mark.parametrize("what", BAD_NETWORKS)
def test_networks_that_do_not_fit_are_named(what):
    arguments = {
        "encoder": networks.mlp((8, 8, 1), (6,)),
        "decoder": networks.mlp((3,), (8, 8, 1)),
        "likelihood": likelihoods.Bernoulli(),
        "latent_dim": 3,
        **BAD_NETWORKS[what],
    }
    with pytest.raises(ValueError, match=what):
        tfgen.VAE(**arguments)


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda x: x[:, :7], "images of shape"),
        (lambda x: x * 3.0, "must lie in"),
        (lambda x: np.where(x > 0.9, np.nan, x), "NaN"),
    ],
)
def test_bad_images_are_refused_before_training(digits, change, message):
    vae = compiled(small_vae())
    with pytest.raises(ValueError, match=message):
        vae.fit(change(digits), verbose=0)
    assert int(vae.step) == 0


def test_bad_counts_are_refused(digits):
    with pytest.raises(ValueError, match="count=0"):
        small_vae().sample(0)
    with pytest.raises(ValueError, match="num_samples=0"):
        small_vae().log_likelihood(digits, 0)
