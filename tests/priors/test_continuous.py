"""Priors over continuous latents: exact, inverted, fitted, drawn, and what they refuse."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from models import small_vae
from sklearn.mixture import GaussianMixture as Reference

import tfgen
from tfgen import likelihoods, networks, sampling
from tfgen.priors import (
    AutoregressiveFlow,
    CouplingFlow,
    GaussianMixture,
    LatentGenerator,
    VampPrior,
)
from tfgen.vae import SecondStage

FLOWS = {"coupling": CouplingFlow, "autoregressive": AutoregressiveFlow}
every_flow = pytest.mark.parametrize("cls", FLOWS.values(), ids=list(FLOWS))


def moons(count=600, seed=0):
    """Three clusters in the plane, of different shapes and classes."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 3, count)
    scale = np.array([[1.0, 0.2], [0.3, 0.3], [0.2, 1.5]])[y]
    centre = np.array([[0.0, 0.0], [3.0, 1.0], [-2.0, 2.0]])[y]
    return (centre + scale * rng.normal(size=(count, 2))).astype(np.float32), y


def roughened(flow, size=0.3):
    """The flow with weights as large as trained ones: far from the identity."""
    rng = np.random.default_rng(0)
    for weight in flow.trainable_variables:
        weight.assign(weight + size * rng.normal(size=weight.shape))
    return flow


# ------------------------------------------------------------------ flows


@every_flow
@pytest.mark.parametrize("num_classes", [None, 3])
def test_flows_are_inverted(cls, num_classes):
    flow = roughened(cls(5, layers=4, hidden=(16,), num_classes=num_classes))
    labels = None if num_classes is None else tf.constant([0, 1, 2, 0, 1, 2])
    z = tf.random.stateless_normal([6, 5], [0, 1])
    noise, _ = flow.to_noise(z, labels)
    assert np.abs(noise - z).max() > 0.5
    np.testing.assert_allclose(flow.from_noise(noise, labels), z, atol=1e-5)


@every_flow
def test_log_determinant_is_that_of_the_numerical_jacobian(cls):
    flow = roughened(cls(4, layers=3, hidden=(16,)))
    z, h = np.random.default_rng(0).normal(size=(3, 4)).astype(np.float32), 1e-2
    columns = [
        (flow.to_noise(z + h * unit)[0] - flow.to_noise(z - h * unit)[0]) / (2 * h)
        for unit in np.eye(4, dtype=np.float32)
    ]
    expected = np.log(np.abs(np.linalg.det(np.stack(columns, axis=-1))))
    found = flow.to_noise(z)[1]
    assert np.abs(found).max() > 0.1
    np.testing.assert_allclose(found, expected, atol=5e-3)


@every_flow
def test_density_of_a_flow_sums_to_one(cls):
    flow = roughened(cls(2, layers=3, hidden=(16,)), 0.2)
    flow.prepare(moons()[0])
    side = np.linspace(-20.0, 20.0, 401, dtype=np.float32)
    grid = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    assert float(tf.reduce_sum(tf.exp(flow.log_prob(grid)))) * 0.01 == pytest.approx(1.0, abs=0.02)


def test_a_place_of_the_masked_network_sees_those_before_it():
    network = networks.masked_mlp(4, hidden=(9, 9))
    x = tf.Variable(np.random.default_rng(0).normal(size=(1, 4)).astype(np.float32))
    with tf.GradientTape() as tape:
        shift = network(x)
    seen = np.abs(tape.jacobian(shift, x).numpy()[0, :, 0])  # [2 * 4, 4]
    for place in range(4):
        for row in (place, 4 + place):
            assert np.all(seen[row, place:] == 0) and np.all(seen[row, :place] > 0)


@every_flow
def test_flows_learn_clusters_by_class(cls):
    x, y = moons()
    flow = cls(2, layers=4, hidden=(32,), num_classes=3)
    flow.compile(keras.optimizers.Adam(5e-3))
    before = float(-tf.reduce_mean(flow.log_prob(x, y)))
    flow.fit(x, y, batch_size=100, epochs=40, verbose=0)
    logs = np.log([0.2, 0.3**2, 0.2 * 1.5])  # of the determinants
    exact = 1.0 + np.log(2.0 * np.pi) + 0.5 * 2 * np.mean(logs)
    after = float(-tf.reduce_mean(flow.log_prob(x, y)))
    assert after < before - 1.0
    assert after < exact + 0.5
    drawn = flow.sample(600, 0, np.full(600, 1)).numpy()
    np.testing.assert_allclose(drawn.mean(0), [3.0, 1.0], atol=0.25)
    cold = flow.sample(600, 0, np.full(600, 1), temperature=0.1).numpy()
    assert np.all(cold.std(0) < drawn.std(0))


# ------------------------------------------------------------------ mixtures


@pytest.mark.parametrize("covariance, theirs", [("full", "full"), ("diagonal", "diag")])
def test_mixture_has_the_density_of_scikit_learns(covariance, theirs):
    x, _ = moons()
    mixture = GaussianMixture(2, components=4, covariance=covariance)
    mixture.fit(x, verbose=0)
    reference = Reference(4, covariance_type=theirs, random_state=0, max_iter=200).fit(x)
    expected = reference.score_samples(x[:50])
    np.testing.assert_allclose(mixture.log_prob(x[:50]), expected, rtol=1e-3, atol=1e-3)
    repeated = mixture.log_prob(tf.stack([x[:50], x[50:100]]))
    np.testing.assert_allclose(repeated[0], expected, rtol=1e-3, atol=1e-3)
    drawn = mixture.sample(20_000, 1).numpy()
    mean = reference.weights_ @ reference.means_
    np.testing.assert_allclose(drawn.mean(0), mean, atol=0.06)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(x.T), atol=0.2)


def test_mixture_of_each_class():
    x, y = moons()
    mixture = GaussianMixture(2, components=2, num_classes=3)
    mixture.fit(x, y, verbose=0)
    for label in range(3):
        own = Reference(2, random_state=0, max_iter=200).fit(x[y == label])
        labels = np.full(20, label)
        np.testing.assert_allclose(
            mixture.log_prob(x[:20], labels), own.score_samples(x[:20]), rtol=1e-3, atol=1e-2
        )
        drawn = mixture.sample(4000, 0, np.full(4000, label)).numpy()
        np.testing.assert_allclose(drawn.mean(0), x[y == label].mean(0), atol=0.1)


# ------------------------------------------------------------------ VampPrior


def vamp_vae(components=5):
    return small_vae(prior=VampPrior((8, 8, 1), components))


def test_vamp_prior_is_the_mean_of_posteriors():
    vae = vamp_vae()
    z = np.random.default_rng(0).normal(size=(2, 4, 3)).astype(np.float32)
    posterior = vae.encode(vae.prior.pseudo_inputs)
    mean, scale = posterior.mean().numpy(), posterior.stddev().numpy()
    each = -0.5 * ((z[..., None, :] - mean) / scale) ** 2 - np.log(scale * np.sqrt(2 * np.pi))
    expected = np.log(np.mean(np.exp(each.sum(-1).astype(np.float64)), axis=-1))
    np.testing.assert_allclose(vae.prior.log_prob(z), expected, rtol=1e-4, atol=1e-4)
    drawn = vae.prior.draw(sampling.seeds(0, 20_000)).numpy()
    np.testing.assert_allclose(drawn.mean(0), mean.mean(0), atol=0.05)
    np.testing.assert_allclose(drawn.var(0), (scale**2).mean(0) + mean.var(0), rtol=0.06)


def test_vamp_prior_trains_with_the_vae_and_its_encoder_is_counted_once(digits):
    vae = vamp_vae()
    assert len({id(v) for v in vae.weights}) == len(vae.weights)
    assert len(vae.weights) == len(small_vae().weights) + 1
    vae.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    before = vae.prior.pseudo_inputs.numpy()
    logs = vae.fit(digits[:64], batch_size=32, verbose=0).history
    assert np.abs(vae.prior.pseudo_inputs - before).max() > 1e-3
    assert np.isfinite(logs["elbo"][0])
    assert vae.prior.pseudo_inputs.numpy().min() > 0 and vae.prior.pseudo_inputs.numpy().max() < 1
    # A bound of the marginal likelihood, as with any prior.
    data, _ = digits[:32], None
    bound = vae.evaluate(data, verbose=0, return_dict=True)["elbo"]
    assert vae.log_likelihood(data, 200).mean() > bound - 0.5


# ------------------------------------------------------------------ generators


def trained_vae(digits, num_classes=None):
    vae = small_vae(num_classes=num_classes)
    vae.compile(keras.optimizers.Adam(1e-2), run_eagerly=True)
    labels = () if num_classes is None else (np.arange(64) % num_classes,)
    vae.fit(digits[:64], *labels, batch_size=32, verbose=0)
    return vae


def second_stage():
    pair = [networks.mlp((3,), (6,), (16,)) for _ in range(2)]
    return SecondStage(tfgen.VAE(*pair, likelihoods.Gaussian(minimum_scale=1e-2), 3))


def velocity(num_classes=None):
    return networks.velocity_mlp((3,), width=16, depth=1, num_classes=num_classes)


PRIORS = {
    "mixture": lambda: GaussianMixture(3, components=4),
    "coupling": lambda: CouplingFlow(3, 2, (16,)),
    "flow matching": lambda: tfgen.FlowMatching(velocity(), settings={"steps": 3}),
    "second stage": second_stage,
}


@pytest.mark.parametrize("name", PRIORS)
def test_generator_trains_the_prior_alone_as_its_own_fit_does(name, digits, tmp_path):
    vae = trained_vae(digits)
    before = vae.get_weights()

    def fitted(model, data):
        model.compile(keras.optimizers.SGD(1e-2), run_eagerly=True)
        return model.fit(data, batch_size=32, shuffle=False, verbose=0).history

    keras.utils.set_random_seed(2)
    within = LatentGenerator(vae, PRIORS[name]())
    logs = fitted(within, digits[:64])
    keras.utils.set_random_seed(2)
    apart = PRIORS[name]()
    alone = fitted(apart, vae.encode_latents(digits[:64]).numpy())
    for key, values in alone.items():
        assert logs[key] == pytest.approx(values, rel=1e-4), key
    for a, b in zip(apart.get_weights(), within.prior.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)
    for a, b in zip(before, vae.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    images = within.sample(4, 1).numpy()
    expected = vae.decode_examples(within.prior.sample(4, 1))
    np.testing.assert_allclose(images, expected, atol=1e-6)
    within.save(tmp_path / "generator.keras")
    np.testing.assert_array_equal(
        tfgen.load_model(tmp_path / "generator.keras").sample(4, 1), images
    )


@pytest.mark.parametrize("of_vae, of_prior", [(2, None), (None, 2), (2, 2)])
def test_classes_go_to_whom_they_belong(of_vae, of_prior, digits):
    model = LatentGenerator(
        trained_vae(digits, of_vae), GaussianMixture(3, 2, num_classes=of_prior)
    )
    labels = np.arange(64) % 2
    model.fit(digits[:64], labels, verbose=0)
    zero, one = (model.sample(8, 0, np.full(8, label)).numpy() for label in (0, 1))
    assert np.abs(zero - one).max() > 1e-3
    assert model.endpoints()["generate"].inputs.keys() == {"seed", "label"}


def test_latents_are_standardised_once_and_given_back(digits):
    model = CouplingFlow(3, 2, (8,))
    latents = (np.array([5.0, 0.0, -1.0]) + np.array([0.01, 3.0, 0.0])
               * np.random.default_rng(0).normal(size=(500, 3))).astype(np.float32)  # fmt: skip
    model.prepare(latents)
    z = model.standardised(latents).numpy()
    np.testing.assert_allclose(z.mean(0), 0, atol=1e-3)
    np.testing.assert_allclose(z.std(0), [1.0, 1.0, 0.0], atol=1e-3)
    np.testing.assert_allclose(model.as_they_were(z), latents, atol=1e-4)
    inside = model._log_prob(z[:5], None) - np.log(model.spread.numpy()).sum()
    np.testing.assert_allclose(model.log_prob(latents[:5]), inside, rtol=1e-5)


# ------------------------------------------------------------------ bad input


def with_nan():
    latents = np.zeros([8, 2], np.float32)
    latents[3, 1] = np.nan
    return latents


@pytest.mark.parametrize("make, message", [
    (lambda: GaussianMixture(2, 9).fit(np.zeros([8, 2])), "8 latents for 9 components"),
    (lambda: GaussianMixture(2, 3, num_classes=2).fit(np.zeros([8, 2]), [0] * 6 + [1] * 2),
     "2 latents of class 1 for 3 components"),
    (lambda: GaussianMixture(2, 2).fit(with_nan()), "NaN or infinite values"),
    (lambda: GaussianMixture(2, 2).fit(part for part in [np.zeros([8, 2])]),
     "GaussianMixture.fit received data that can be read once only"),
    (lambda: CouplingFlow(2).prepare(with_nan()), "NaN or infinite values"),
    (lambda: GaussianMixture(0), "latent_dim=0: expected an integer of at least 1"),
    (lambda: AutoregressiveFlow(0), "latent_dim=0"),
    (lambda: CouplingFlow(1), "latent_dim=1: expected an integer of at least 2"),
    (lambda: CouplingFlow(4, layers=0), "layers=0"),
    (lambda: GaussianMixture(2, 0), "components=0"),
    (lambda: GaussianMixture(2, covariance="tied"), "covariance='tied'"),
    (lambda: GaussianMixture(2).sample(3, temperature=-1), "temperature=-1"),
    (lambda: GaussianMixture(2).fit(np.zeros([8, 3])), r"latents of shape \(3,\)"),
    (lambda: VampPrior((8, 8, 1), 0), "components=0"),
    (lambda: VampPrior((8, 8, 1)).log_prob(tf.zeros([1, 3])), "received no encoder"),
    (lambda: small_vae(prior=VampPrior((4, 4, 1))), r"Use shape=\(8, 8, 1\)"),
    (lambda: small_vae(prior=VampPrior((8, 8, 1)), num_classes=3), "expected one without"),
    (lambda: SecondStage(small_vae()), "expected a VAE of vectors"),
    (lambda: LatentGenerator(small_vae(), GaussianMixture(3)), "VAE that was never trained"),
    (lambda: LatentGenerator(small_vae(), GaussianMixture(2)), "the VAE has latent_dim=3"),
    (lambda: LatentGenerator(small_vae(num_classes=3), GaussianMixture(3, num_classes=2)),
     "a prior of 2 classes and an autoencoder of 3"),
    (lambda: LatentGenerator(small_vae(), GaussianMixture(3), {"steps": 3}),
     "received the settings steps: it draws without them"),
    (lambda: LatentGenerator(small_vae(), GaussianMixture(3), untrained=True).sample(1),
     "received a GaussianMixture that was never trained"),
])  # fmt: skip
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)
