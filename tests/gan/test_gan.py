"""The training step against steps worked out in NumPy, and what a GAN promises its user."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from gans import compiled, images_gan, points, points_gan

import tfgen
from tfgen import callbacks, losses, networks, sampling
from tfgen.losses.penalties import at_real
from tfgen.networks.spectral import advance_power_iterations

SEEDS = sampling.seeds(5, 4)
LOGS = {"d_loss", "g_loss", "logit_gap", "real_sign", "d_gradient_norm", "g_gradient_norm"}


def linear_gan(loss=losses.wasserstein, penalties=(), **arguments):
    """D(x) = w . x + b and G(z) = z A + c, whose gradients fit on a line each."""
    generator = networks.mlp((3,), (2,), hidden=())
    discriminator = networks.mlp((2,), (1,), hidden=())
    gan = tfgen.GAN(generator, discriminator, 3, loss, penalties, **arguments)
    gan.row_seeds = lambda count: SEEDS[:count]
    return gan


def sgd(gan, d_rate, g_rate, **arguments):
    optimizers = {"d_optimizer": d_rate, "g_optimizer": g_rate}
    gan.compile(**{k: keras.optimizers.SGD(v) for k, v in optimizers.items()}, **arguments)
    return gan


def test_step_is_algorithm_1_worked_out_by_hand():
    """One step of D, then one of G on the same fakes against the new D."""
    gan = sgd(linear_gan(penalties=[losses.r1(0.8)]), 0.1, 0.2)
    a, c = gan.generator.get_weights()
    w, b = gan.discriminator.get_weights()
    x, z = points(4), sampling.normal(SEEDS, (3,)).numpy()
    logs = gan.fit(x, batch_size=4, verbose=0).history
    fake = z @ a + c
    d_gradient = fake.mean(0)[:, None] - x.mean(0)[:, None] + 0.8 * w
    new_w = w - 0.1 * d_gradient
    np.testing.assert_allclose(gan.discriminator.get_weights()[0], new_w, atol=1e-6)
    np.testing.assert_array_equal(gan.discriminator.get_weights()[1], b)  # b cancels: no gradient
    g_gradients = [-np.outer(z.mean(0), new_w), -new_w[:, 0]]
    new_a, new_c = gan.generator.get_weights()
    np.testing.assert_allclose(new_a, a - 0.2 * g_gradients[0], atol=1e-6)
    np.testing.assert_allclose(new_c, c - 0.2 * g_gradients[1], atol=1e-6)
    gap = (x @ w - fake @ w).mean()
    expected = {
        "d_loss": -gap,
        "g_loss": -(fake @ new_w + b).mean(),
        "logit_gap": gap,
        "real_sign": np.sign(x @ w + b).mean(),
        "r1": 0.4 * (w**2).sum(),
        "d_gradient_norm": np.sqrt((d_gradient**2).sum()),
        "g_gradient_norm": np.sqrt(sum((g**2).sum() for g in g_gradients)),
    }
    assert {name: values[0] for name, values in logs.items()} == pytest.approx(expected, rel=1e-4)


def test_relativistic_generator_sees_the_real_examples_beside_its_own():
    gan = sgd(linear_gan(losses.relativistic), 0.0, 0.2)
    (a, c), (w, _) = gan.generator.get_weights(), gan.discriminator.get_weights()
    x, z = points(4), sampling.normal(SEEDS, (3,)).numpy()
    gan.fit(x, batch_size=4, verbose=0, shuffle=False)
    gap = (x @ w - (z @ a + c) @ w)[:, 0]
    slope = 1 / (1 + np.exp(-gap))  # of softplus
    gradient = -np.einsum("b,bd->d", slope, z)[:, None] * w.T / 4
    np.testing.assert_allclose(gan.generator.get_weights()[0], a - 0.2 * gradient, atol=1e-6)


def test_every_variable_belongs_to_exactly_one_network():
    gan = compiled(images_gan(ema_half_life=100, augment=tfgen.gan.AdaptiveAugment()))
    parts = [gan.generator, gan.discriminator, gan.ema_generator, gan.augment]
    owned = [id(v) for part in parts for v in part.weights] + [id(gan.images_seen)]
    assert len(set(owned)) == len(owned)
    assert {id(v) for v in gan.weights} == set(owned)
    trained = [v for p in (gan.generator, gan.discriminator) for v in p.trainable_variables]
    assert {id(v) for v in gan.trainable_variables} == {id(v) for v in trained}


def test_discriminator_steps_share_the_batch_out():
    """With D linear, its steps are the means of rows 0, 3, 6, ... then 1, 4, 7, ... and so on."""
    gan = sgd(linear_gan(discriminator_steps=3), 0.1, 0.0)
    (a, c), (w, _) = gan.generator.get_weights(), gan.discriminator.get_weights()
    x, z = points(12), sampling.normal(SEEDS, (3,)).numpy()
    logs = gan.fit(x, batch_size=12, verbose=0, shuffle=False).history
    losses_seen = []
    for part in range(3):
        step = (z @ a + c).mean(0) - x[part::3].mean(0)
        losses_seen.append(step @ w)
        w = w - 0.1 * step[:, None]
    np.testing.assert_allclose(gan.discriminator.get_weights()[0], w, atol=1e-6)
    assert logs["d_loss"] == pytest.approx([np.mean(losses_seen)], rel=1e-4)
    assert int(gan.step) == 3


def test_ema_generator_has_the_half_life_and_the_warm_up():
    gan = compiled(images_gan(ema_half_life=30))
    expected, seen = gan.generator.get_weights(), 0
    for x in np.random.default_rng(0).uniform(-1, 1, size=(12, 8, 8, 8, 1)).astype(np.float32):
        gan.train_on_batch(x)
        seen += 8
        keep = 0.5 ** (8 / min(30.0, 0.05 * seen))
        pairs = zip(expected, gan.generator.get_weights(), strict=True)
        expected = [keep * e + (1 - keep) * w for e, w in pairs]
    for e, w in zip(expected, gan.ema_generator.get_weights(), strict=True):
        np.testing.assert_allclose(w, e, rtol=1e-4, atol=1e-6)
    assert int(gan.images_seen) == 96
    means = [w for w in gan.ema_generator.weights if "moving_mean" in w.path]
    assert means and all(np.abs(np.asarray(m)).max() > 0 for m in means)
    z = sampling.normal(sampling.seeds(0, 4), (3,))
    np.testing.assert_allclose(gan.sample(4), gan.ema_generator(z), atol=1e-6)


def test_validation_judges_without_learning():
    gan = compiled(points_gan(penalties=[losses.r1(0.1)], ema_half_life=100))
    x = points(32)
    history = gan.fit(x, batch_size=16, validation_data=(x,), verbose=0).history
    assert set(history) == LOGS | {"r1"} | {
        f"val_{name}" for name in ("d_loss", "g_loss", "logit_gap", "real_sign", "r1")
    }
    before = gan.get_weights()
    logs = gan.evaluate(x, verbose=0, return_dict=True)
    for a, b in zip(before, gan.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    logits = gan.discriminator(x).numpy()
    assert logs["real_sign"] == pytest.approx(np.sign(logits).mean(), abs=1e-6)


def test_training_moves_the_samples_onto_the_data():
    gan = compiled(
        points_gan(losses.relativistic, [losses.r1(0.2), losses.r2(0.2)], ema_half_life=2000),
        rate=2e-2,
        steps_per_execution=20,
    )
    data = points(2000)
    gan.fit(data, epochs=24, batch_size=100, verbose=0)
    samples = gan.sample(2000).numpy()
    np.testing.assert_allclose(samples.mean(0), data.mean(0), atol=0.1)
    np.testing.assert_allclose(samples.std(0), data.std(0), atol=0.12)  # not one point of them
    assert np.abs(data.mean(0)).min() > 0.9 and data.std(0).min() > 0.4


def test_jit_and_graph_take_the_same_steps():
    def trained(jit):
        keras.utils.set_random_seed(1)
        penalties = [losses.lazy(losses.r1(0.5), 2), losses.interpolation_penalty(1.0)]
        gan = compiled(points_gan(penalties=penalties, ema_half_life=50), jit_compile=jit)
        gan.fit(points(32), batch_size=8, verbose=0, shuffle=False)
        return gan.get_weights()

    for a, b in zip(trained(False), trained(True), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_logs_finite_numbers(policy):
    keras.config.set_dtype_policy(policy)
    gan = compiled(images_gan(penalties=[losses.r1(0.5)], ema_half_life=50))
    x = np.random.default_rng(0).uniform(-1, 1, size=(32, 8, 8, 1)).astype(np.float32)
    history = gan.fit(x, batch_size=8, epochs=2, verbose=0).history
    assert np.isfinite([values[-1] for values in history.values()]).all()
    assert int(gan.step) > 0
    assert gan.sample(2).dtype == tf.float32
    scaled = isinstance(gan.g_optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    assert history["d_gradient_norm"][-1] < 1e3  # as it is, not times the loss scale of 2^15


def test_power_iterations_advance_once_for_each_discriminator_update():
    gan = compiled(images_gan(penalties=[losses.r1(0.5), losses.r2(0.5)]), rate=0.0)
    expected = tfgen.networks.SpectralNormalization
    spectral = [each for each in gan.discriminator.layers if isinstance(each, expected)]
    copy = keras.models.clone_model(gan.discriminator)
    copy.set_weights(gan.discriminator.get_weights())
    x = np.random.default_rng(0).uniform(-1, 1, size=(24, 8, 8, 1)).astype(np.float32)
    gan.fit(x, batch_size=8, verbose=0)
    for _ in range(3):
        advance_power_iterations(copy)
    others = [each for each in copy.layers if isinstance(each, expected)]
    assert len(spectral) == len(others) == 2
    for a, b in zip(spectral, others, strict=True):
        np.testing.assert_allclose(a.u, b.u, atol=1e-6)
        np.testing.assert_allclose(a.v, b.v, atol=1e-6)
    before = [np.asarray(each.u) for each in spectral]
    gan.evaluate(x, batch_size=8, verbose=0)
    gan.sample(4)
    for each, u in zip(spectral, before, strict=True):
        np.testing.assert_array_equal(each.u, u)


def test_adaptive_augmentation_follows_the_signs_it_logs():
    augment = tfgen.gan.AdaptiveAugment(target=0.0, images_to_one=100, interval=1)
    gan = compiled(images_gan(augment=augment), rate=0.0)
    x = np.random.default_rng(0).uniform(-1, 1, size=(8, 8, 8, 1)).astype(np.float32)
    probability = 0.0
    for _ in range(3):
        logs = gan.train_on_batch(x, return_dict=True)
        gan.reset_metrics()
        probability = np.clip(probability + 0.08 * np.sign(logs["real_sign"]), 0, 1)
        assert logs["augment_probability"] == pytest.approx(probability, abs=1e-6)
        assert float(augment.probability) == pytest.approx(probability, abs=1e-6)


# ------------------------------------------------------------------ use


def test_sample_depends_on_seed_and_place_only():
    gan = points_gan()
    five, nine = gan.sample(5, seed=3), gan.sample(9, seed=3)
    np.testing.assert_allclose(five, nine[:5], atol=1e-6)
    assert np.abs(five - gan.sample(5, seed=4)).max() > 1e-3
    np.testing.assert_allclose(five, gan(sampling.normal(sampling.seeds(3, 5), (3,))), atol=1e-6)


def test_truncated_samples_come_from_truncated_latents():
    gan = points_gan()
    z = sampling.normal(sampling.seeds(3, 5), (3,))
    expected = gan.decode_images(tfgen.gan.latents.truncate(z, 0.5))
    np.testing.assert_allclose(gan.sample(5, seed=3, truncation=0.5), expected, atol=1e-6)
    spread = [np.std(gan.sample(200, truncation=t)) for t in (0.1, 1.0, None)]
    assert spread[0] < spread[1] < spread[2]


def test_conditional_model_listens_to_its_labels():
    gan = compiled(points_gan(num_classes=3))
    a, b = (gan.sample(4, seed=0, labels=np.full(4, label)) for label in (1, 2))
    assert np.abs(a - b).max() > 1e-4
    with pytest.raises(ValueError, match="received no labels"):
        gan.sample(4)
    labels = np.arange(16) % 3
    before = gan.get_weights()
    gan.fit(points(16), labels, batch_size=8, verbose=0)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, gan.get_weights(), strict=True))


@pytest.mark.parametrize("num_classes", [None, 3])
def test_endpoints_agree_with_the_methods(num_classes):
    gan = points_gan(num_classes=num_classes, ema_half_life=100)
    generate, decode = gan.endpoints()["generate"], gan.endpoints()["decode"]
    inputs = generate.examples(5, 7)
    labels = inputs.get("label")
    expected = gan.sample(5, seed=7, labels=labels)
    np.testing.assert_allclose(generate(**inputs)["points"], expected, atol=1e-6)
    np.testing.assert_allclose(decode(**decode.examples(5, 7))["points"], expected, atol=1e-6)
    assert list(generate.inputs) == ["seed", "truncation"] + (["label"] if num_classes else [])


# ------------------------------------------------------------------ what can be wrong

BAD_ARGUMENTS = {
    "generator's input shape": {"latent_dim": 4},
    "discriminator's input shape": {"generator": lambda: networks.mlp((3,), (5,))},
    "discriminator's output shape": {"discriminator": lambda: networks.mlp((2,), (2,))},
    "generator's number of inputs": {"num_classes": 3},
    "discriminator_steps=0": {"discriminator_steps": 0},
    "ema_half_life=0": {"ema_half_life": 0},
    "each needs a name of its own": {"penalties": [losses.r1(1.0), losses.lazy(losses.r1(1.0))]},
}


@pytest.mark.parametrize("what", BAD_ARGUMENTS)
def test_arguments_that_do_not_fit_are_named(what):
    made = {k: v() if callable(v) else v for k, v in BAD_ARGUMENTS[what].items()}
    arguments = {
        "generator": networks.mlp((3,), (2,)),
        "discriminator": networks.mlp((2,), (1,)),
        "latent_dim": 3,
        **made,
    }
    with pytest.raises(ValueError, match=what):
        tfgen.GAN(**arguments)


def images(low=-1.0, high=1.0, side=8):
    return np.random.default_rng(0).uniform(low, high, size=(8, side, side, 1)).astype(np.float32)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (images(side=7), "examples of shape"),
        (images(0, 255), r"from 0\..* to 25.*reaches from -1 to 1"),
        (images(0, 1), "reaches from -1 to 1"),
        (np.where(images() > 0.9, np.nan, images()), "NaN"),
    ],
)
@pytest.mark.parametrize("kind", ["array", "dataset"])
def test_bad_images_are_refused_before_training(data, message, kind):
    gan = compiled(images_gan())
    if kind == "dataset":
        data = tf.data.Dataset.from_tensor_slices(data).batch(8)
    with pytest.raises(ValueError, match=message):
        gan.fit(data, verbose=0)
    assert int(gan.step) == 0


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (None, "received no labels"),
        (np.arange(8) % 3 + 1, "from 1 to 3"),
        (np.eye(3)[np.arange(8) % 3], r"shape \((8|None), 3\)"),
    ],
)
@pytest.mark.parametrize("kind", ["arrays", "dataset"])
def test_bad_labels_are_refused_before_training(labels, message, kind):
    gan = compiled(points_gan(num_classes=3))
    data = [points(8)] if labels is None else [points(8), labels]
    if kind == "dataset":
        data = [tf.data.Dataset.from_tensor_slices(tuple(data)).batch(8)]
    with pytest.raises(ValueError, match=message):
        gan.fit(*data, verbose=0)


def test_bad_use_is_named():
    gan = compiled(points_gan())
    with pytest.raises(ValueError, match="count=0"):
        gan.sample(0)
    with pytest.raises(ValueError, match="truncation=-1"):
        gan.sample(3, truncation=-1)
    with pytest.raises(ValueError, match="sample weights"):
        gan.fit(points(8), sample_weight=np.ones(8), verbose=0)
    with pytest.raises(ValueError, match="takes d_optimizer, g_optimizer"):
        gan.compile(keras.optimizers.Adam())


def test_optimizer_from_outside_the_scope_is_refused(two_replicas):
    outside = keras.optimizers.Adam()
    with two_replicas.scope():
        gan, inside = points_gan(), keras.optimizers.Adam()
        with pytest.raises(ValueError, match="g_optimizer=Adam made outside the strategy's scope"):
            gan.compile(d_optimizer=inside, g_optimizer=outside)


def test_run_that_breaks_says_which_quantity():
    penalty = losses.GradientPenalty("r1", at_real, lambda norm: norm / 0.0, 1.0)
    gan = compiled(points_gan(penalties=[penalty]))
    with pytest.raises(FloatingPointError, match="r1=.*not finite|d_gradient_norm=.*not finite"):
        gan.fit(points(32), batch_size=8, verbose=0, callbacks=[callbacks.StopOnNaN()])
