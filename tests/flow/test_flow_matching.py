"""Flow matching against transports and densities that are known in closed form."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from scipy.stats import multivariate_normal

import tfgen
from tfgen import networks, sampling
from tfgen.flow import MeanFlow, divergence, solvers

MEAN, SCALE = np.array([1.0, -2.0], np.float32), np.array([0.5, 2.0], np.float32)


@keras.saving.register_keras_serializable(package="tests")
class GaussianVelocity(keras.Model):
    """The velocity that carries N(0, I) to N(mean, scale^2) along straight lines, in closed form.

    E[x - noise | x_t] = mean + (t s^2 - (1 - t)) / ((1 - t)^2 + t^2 s^2) (x_t - t mean)
    """

    def __init__(self, mean=MEAN, scale=SCALE, **kwargs):
        super().__init__(**kwargs)
        self.mean, self.scale = np.array(mean, np.float32), np.array(scale, np.float32)
        self.built = True

    def call(self, inputs, training=False):
        x, t = inputs[0], inputs[1][:, :1]
        variance = (1 - t) ** 2 + (t * self.scale) ** 2
        return self.mean + (t * self.scale**2 - (1 - t)) / variance * (x - t * self.mean)


@keras.saving.register_keras_serializable(package="tests")
class GaussianMeanVelocity(GaussianVelocity):
    """The mean velocity of the same from t to s: x_t keeps its place among the quantiles."""

    def call(self, inputs, training=False):
        x, t, s = inputs[0], inputs[1][:, :1], inputs[1][:, 1:]

        def deviation(t):
            return tf.sqrt((1 - t) ** 2 + (t * self.scale) ** 2)

        moved = s * self.mean + deviation(s) / deviation(t) * (x - t * self.mean)
        span = tf.where(s > t, s - t, 1.0)
        return tf.where(s > t, (moved - x) / span, super().call(inputs))


def known(cls=tfgen.FlowMatching):
    network = GaussianVelocity() if cls is tfgen.FlowMatching else GaussianMeanVelocity()
    return cls(network, shape=(2,))


def small(num_classes=None, **arguments):
    network = networks.velocity_mlp((2,), width=32, depth=2, num_classes=num_classes)
    return tfgen.FlowMatching(network, num_classes=num_classes, **arguments)


def fitted(model, x, y=None, epochs=30):
    model.compile(keras.optimizers.Adam(3e-3), jit_compile=False)
    model.fit(x, y, batch_size=256, epochs=epochs, verbose=0)
    return model


def points(count, seed=0):
    noise = np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)
    return MEAN + SCALE * noise


# ------------------------------------------------------------------ the equation


@pytest.mark.parametrize("solver, order", [("euler", 1), ("heun", 2)])
def test_errors_of_solvers_fall_with_their_order(solver, order):
    def error(steps):
        found = solvers.integrate(
            lambda x, t: x * (1 + t), tf.constant(1.0), 0.0, 1.0, steps, solver
        )
        return abs(float(found) - np.exp(1.5))

    assert np.log2(error(10) / error(20)) == pytest.approx(order, abs=0.25)
    assert np.log2(error(4) / error(8)) == pytest.approx(order, abs=0.4)  # unrolled
    both = [solvers.integrate(lambda x, t: x, tf.constant(1.0), 0.0, 1.0, 8, solver)]
    back = solvers.integrate(lambda x, t: x, both[0], 1.0, 0.0, 100, "heun")
    assert float(back) == pytest.approx(1.0, abs=0.7 if solver == "euler" else 0.01)


def test_noise_is_carried_to_where_the_transport_takes_it():
    """The transport of this velocity is mean + scale * noise."""
    noise = sampling.normal(sampling.seeds(3, 64), (2,)).numpy()
    found = known().sample(64, 3, steps=100).numpy()
    np.testing.assert_allclose(found, MEAN + SCALE * noise, atol=5e-3)


def test_likelihood_is_that_of_the_gaussian():
    x = points(16)
    expected = multivariate_normal(MEAN, np.diag(SCALE**2)).logpdf(x)
    model = known()
    np.testing.assert_allclose(model.log_likelihood(x), expected, atol=2e-3)
    np.testing.assert_allclose(model.log_prob(x[None])[0], expected, atol=1e-2)
    # A diagonal Jacobian has no other entries for the probes to meet: the estimate is exact.
    np.testing.assert_allclose(model.log_likelihood(x, probes=1), expected, atol=2e-3)


def test_divergence_of_a_rotation_with_growth():
    matrix = tf.constant([[0.5, 3.0, 0.0], [-3.0, 1.0, 2.0], [1.0, 0.0, -0.25]])
    x = tf.random.stateless_normal([4000, 3], [0, 0])

    def velocity(x):
        return tf.matmul(x, matrix, transpose_b=True)

    v, exact = divergence.exact(velocity, x)
    np.testing.assert_allclose(exact, 1.25, rtol=1e-5)
    np.testing.assert_allclose(v, velocity(x))
    probes = divergence.signs(sampling.seeds(0, 4000), (3,))
    assert set(np.unique(probes)) == {-1.0, 1.0}
    estimate = divergence.hutchinson(velocity, x, probes)[1].numpy()
    assert estimate.std() > 0.5  # it is one
    assert estimate.mean() == pytest.approx(1.25, abs=4 * estimate.std() / np.sqrt(4000))


# ------------------------------------------------------------------ learning


def test_learns_the_transport_and_its_velocity():
    x = points(2048)
    model = fitted(small(), x)
    drawn = model.sample(2000, 1, steps=20).numpy()
    np.testing.assert_allclose(drawn.mean(0), MEAN, atol=0.15 * SCALE.max())
    np.testing.assert_allclose(drawn.std(0), SCALE, rtol=0.1)
    # In standardised coordinates it is N(0, I) to N(0, I), whose velocity is known.
    z, t = tf.constant([[0.5, -1.0], [1.0, 1.0]]), tf.constant([[0.25], [0.75]])
    expected = GaussianVelocity([0.0, 0.0], [1.0, 1.0])([z, t])
    np.testing.assert_allclose(model._velocity(z, t, None), expected, atol=0.25)
    nats = -model.log_likelihood(x[:256], steps=20).mean()
    entropy = np.log(2 * np.pi * np.e) + np.log(SCALE).sum()
    assert nats == pytest.approx(entropy, abs=0.15)
    assert abs(nats - entropy) < 0.05 + 3 / np.sqrt(256)


def test_labels_and_guidance_move_samples():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 1024)
    x = (np.where(y, 2.0, -2.0)[:, None] + rng.normal(size=(1024, 2))).astype(np.float32)
    model = fitted(small(num_classes=2), x, y, epochs=20)
    labels = np.arange(200) % 2
    plain, guided = (model.sample(200, 0, labels, steps=10, guidance=g).numpy() for g in (0, 1.5))
    right = np.sign(plain.mean(1)) == np.where(labels, 1, -1)
    assert right.mean() > 0.85
    far = [np.abs(each.mean(1)).mean() for each in (plain, guided)]
    assert far[1] > far[0] + 0.1
    few = model.sample(5, 0, labels[:5], steps=10, guidance=0)
    np.testing.assert_allclose(few, plain[:5], atol=1e-5)


# ------------------------------------------------------------------ mean flows


def test_one_step_of_the_mean_velocity_is_the_whole_transport():
    noise = sampling.normal(sampling.seeds(3, 64), (2,)).numpy()
    model = known(MeanFlow)
    for steps in (1, 3):
        found = model.sample(64, 3, steps=steps)
        np.testing.assert_allclose(found, MEAN + SCALE * noise, atol=1e-4)


def test_identity_gives_the_velocity_where_the_mean_velocity_is_known():
    t, s = (tf.constant(each, shape=[16, 1]) for each in (0.2, 0.9))
    x = tf.constant(points(16))
    found = known(MeanFlow).velocity_by_identity(x, t, s)
    np.testing.assert_allclose(found, GaussianVelocity()([x, t]), atol=1e-4)


def test_derivative_in_the_identity_is_that_of_finite_differences():
    network = networks.velocity_mlp((2,), width=16, depth=2, times=2)
    network.get_layer("outputs").kernel.assign(np.random.default_rng(0).normal(size=(16, 2)))
    model, x = MeanFlow(network), tf.constant(points(8))
    t, s, h = tf.fill([8, 1], 0.3), tf.fill([8, 1], 0.8), 1e-3
    v = model._velocity(x, t, None)

    def u(step):
        return model._mean_velocity(x + step * v, t + step, s, None)

    slope = (u(h) - u(-h)) / (2 * h)
    found = model.velocity_by_identity(x, t, s)
    assert np.abs(slope).max() > 0.1
    np.testing.assert_allclose(found, u(0.0) - 0.5 * slope, rtol=1e-2, atol=3e-2)


def test_gradient_goes_through_u_alone():
    """Of u - (s - t) du/dt, the second part stands still."""
    network = networks.velocity_mlp((2,), width=8, depth=1, times=2)
    model, x = MeanFlow(network), tf.constant(points(8))
    t, s = tf.fill([8, 1], 0.3), tf.fill([8, 1], 0.8)
    variables = [v.value for v in network.trainable_variables]
    gradients = []
    for of in (model.velocity_by_identity, model._mean_velocity):
        with tf.GradientTape() as tape:
            total = tf.reduce_sum(of(x, t, s, None))
        gradients.append(tape.gradient(total, variables))
    for a, b in zip(*gradients, strict=True):
        np.testing.assert_allclose(tf.convert_to_tensor(a), tf.convert_to_tensor(b), atol=1e-5)


def test_mean_flow_learns_to_jump():
    """One step of the velocity itself would end in one point: v(noise, 0) = mean - noise."""
    network = networks.velocity_mlp((2,), width=32, depth=2, times=2)
    model = fitted(MeanFlow(network), points(2048), epochs=60)
    drawn = model.sample(2000, 1).numpy()
    np.testing.assert_allclose(drawn.mean(0), MEAN, atol=0.15 * SCALE.max())
    np.testing.assert_allclose(drawn.std(0), SCALE, rtol=0.25)


def test_spans_begin_before_they_end_and_half_are_points():
    model = MeanFlow(networks.velocity_mlp((2,), width=8, depth=1, times=2), equal=0.25)
    t, s = (each.numpy() for each in model._spans(sampling.seeds(0, 4000)))
    assert np.all(t <= s) and t.min() > 0 and s.max() < 1
    assert np.mean(t == s) == pytest.approx(0.25, abs=0.03)


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize("make, message", [
    (lambda: small().sample(2, steps=0), "steps=0: expected an integer of at least 1"),
    (lambda: small().sample(2, solver="rk9"), "solver='rk9': expected one of euler, heun"),
    (lambda: small().sample(2, temperature=1.0), "the settings temperature"),
    (lambda: known(MeanFlow).sample(2, solver="heun"), "the settings solver"),
    (lambda: small().sample(2, guidance=1.0), "has no classes to guide towards"),
    (lambda: small(3, label_dropout=0).sample(2, 0, [0, 1], guidance=1.0), "label_dropout=0"),
    (lambda: small(3).sample(2), "received no labels"),
    (lambda: small().sample(2, 0, [0, 1]), "the model has no classes"),
    (lambda: small(times="cosine"), "times='cosine': expected one of uniform, logit_normal"),
    (lambda: small(label_dropout=1.0), "label_dropout=1.0"),
    (lambda: small(settings={"steps": 0}), "steps=0"),
    (lambda: small().log_likelihood(points(3), steps=0), "steps=0"),
    (lambda: small().log_likelihood(points(3), probes=-1), "probes=-1"),
    (lambda: tfgen.FlowMatching(networks.mlp((2,), (2,))), "it must go from"),
    (lambda: MeanFlow(networks.velocity_mlp((2,), 8, 1)), "x, 2 times, and labels"),
    (lambda: tfgen.FlowMatching(GaussianVelocity()), "Pass shape="),
    (lambda: MeanFlow(networks.velocity_mlp((2,), 8, 1, times=2), equal=2), "equal=2"),
    (lambda: networks.velocity_mlp((8, 8, 1)), "use velocity_unet"),
    (lambda: networks.velocity_unet((6, 8, 1)), "multiples of 4"),
])  # fmt: skip
def test_bad_input(make, message):
    with pytest.raises(ValueError, match=message) as caught:
        make()
    assert "\n" not in str(caught.value)


def test_mean_flows_of_two_replicas_have_the_weights_of_one(two_replicas):
    data = tf.data.Dataset.from_tensor_slices(
        np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)
    )

    def trained():
        keras.utils.set_random_seed(1)
        model = MeanFlow(networks.velocity_mlp((2,), 8, 1, times=2))
        model.compile(keras.optimizers.SGD(1e-3, momentum=0.9))
        start = [np.array(v) for v in model.trainable_variables]
        model.fit(data.batch(32), verbose=0)
        return start, [np.array(v) for v in model.trainable_variables]

    start, one = trained()
    with two_replicas.scope():
        _, two = trained()
    for before, a, b in zip(start, one, two, strict=True):
        np.testing.assert_allclose(b, a, rtol=0, atol=1e-4 * np.abs(a - before).max() + 1e-7)
