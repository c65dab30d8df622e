"""Augmentations against NumPy, and the control of their probability."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen import losses, sampling
from tfgen.gan import AdaptiveAugment, DiffAugment, augment

TRANSFORMS = {
    "brightness": augment.brightness,
    "saturation": augment.saturation,
    "contrast": augment.contrast,
    "translation": augment.translation,
    "cutout": augment.cutout,
    "mirror": augment.mirror,
}
each = pytest.mark.parametrize("name", TRANSFORMS)


def images(count=6, side=16, channels=3, seed=0):
    shape = (count, side, side, channels)
    return np.random.default_rng(seed).uniform(-1, 1, size=shape).astype(np.float32)


def draws(seeds, count=1):
    return sampling.uniform(seeds, (count,)).numpy()


def test_colours_change_as_the_paper_says():
    x, seeds = images(), sampling.seeds(1, 6)
    u = draws(seeds)[:, :, None, None]
    grey, mean = x.mean(-1, keepdims=True), x.mean((1, 2, 3), keepdims=True)
    expected = {
        "brightness": x + u - 0.5,
        "saturation": (x - grey) * 2 * u + grey,
        "contrast": (x - mean) * (u + 0.5) + mean,
    }
    for name, value in expected.items():
        np.testing.assert_allclose(TRANSFORMS[name](x, seeds), value, atol=1e-5)


def test_translation_moves_by_whole_pixels_and_lets_zeros_in():
    x, seeds = images(200), sampling.seeds(1, 200)
    moved = augment.translation(x, seeds).numpy()
    moves = np.floor(draws(seeds, 2) * 5).astype(int) - 2  # an eighth of 16 pixels
    for image, result, (down, right) in zip(x, moved, moves, strict=True):
        padded = np.pad(image, ((2, 2), (2, 2), (0, 0)))
        expected = padded[2 - down : 18 - down, 2 - right : 18 - right]
        np.testing.assert_allclose(result, expected, atol=1e-6)
    assert {*moves.ravel()} == {-2, -1, 0, 1, 2}


def test_cutout_is_a_rectangle_of_half_the_side():
    x, seeds = np.ones((300, 16, 16, 1), np.float32), sampling.seeds(1, 300)
    cut = 1 - augment.cutout(x, seeds).numpy()[..., 0]
    rows, columns = cut.max(2), cut.max(1)
    np.testing.assert_array_equal(cut, rows[:, :, None] * columns[:, None, :])
    for sides in (rows, columns):
        changes = np.abs(np.diff(np.pad(sides, ((0, 0), (1, 1))))).sum(1)
        np.testing.assert_array_equal(changes, 2)  # one piece
        lengths = sides.sum(1)
        assert lengths.max() == 8 and lengths.min() == 4  # centres on every pixel
    assert np.all(cut.mean(0) > 0) and np.all(cut.mean(0) < 1)


def test_mirror_turns_every_other_image():
    x, seeds = images(400, side=4), sampling.seeds(1, 400)
    turned = augment.mirror(x, seeds).numpy()
    same = np.all(turned == x, axis=(1, 2, 3))
    np.testing.assert_array_equal(turned[~same], x[~same][:, :, ::-1])
    assert 150 < same.sum() < 250


@each
def test_row_depends_on_itself_and_its_seed_only(name):
    x, seeds = images(), sampling.seeds(1, 6)
    whole = TRANSFORMS[name](x, seeds)
    np.testing.assert_allclose(TRANSFORMS[name](x[4:], seeds[4:]), whole[4:], atol=1e-6)
    many = TRANSFORMS[name](np.repeat(x[:1], 6, 0), seeds).numpy()
    assert np.ptp(many, axis=0).max() > 0


@each
@pytest.mark.parametrize("jit", [False, True])
def test_first_and_second_derivatives_exist(name, jit):
    seeds = sampling.seeds(1, 2)

    @tf.function(jit_compile=jit)
    def gradients(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = losses.r1(2.0)(
                lambda x: tf.reduce_sum(TRANSFORMS[name](x, seeds) ** 2, axis=[1, 2, 3]),
                x, x, seeds, 0,
            )  # fmt: skip
        return values, tape.gradient(values, x)

    values, gradient = gradients(tf.constant(images(2)))
    assert np.all(values.numpy() > 0)
    assert np.isfinite(gradient).all() and np.abs(gradient).max() > 0


@pytest.mark.parametrize("make", [DiffAugment, AdaptiveAugment])
def test_xla_and_graph_change_images_alike(make):
    layer, x, seeds = make(), images(), sampling.seeds(1, 6)
    if make is AdaptiveAugment:
        layer.probability.assign(0.5)
    plain, compiled = (tf.function(layer, jit_compile=jit)(x, seeds) for jit in (False, True))
    np.testing.assert_allclose(plain, compiled, atol=1e-5)


def test_diff_augment_draws_anew_for_each_transform():
    x, seeds = np.repeat(images(1), 300, 0), sampling.seeds(1, 300)
    layer = DiffAugment((augment.brightness, augment.brightness))
    sums = (layer(x, seeds) - x).numpy().mean((1, 2, 3))  # of two uniform numbers: a triangle
    assert np.var(sums) == pytest.approx(2 / 12, rel=0.25)
    assert np.abs(sums).max() > 0.6


def test_probability_is_that_of_each_image_and_transform():
    layer = AdaptiveAugment((augment.brightness, augment.mirror))
    x, seeds = images(600, side=4), sampling.seeds(1, 600)
    np.testing.assert_array_equal(layer(x, seeds), x)
    layer.probability.assign(0.3)
    shift = np.round((layer(x, seeds).numpy() - x).mean((1, 2, 3)), 5)
    assert np.mean(shift != 0) == pytest.approx(0.3, abs=0.06)
    layer.probability.assign(1.0)
    assert np.mean(np.abs(layer(x, seeds).numpy() - x).max((1, 2, 3)) > 0) > 0.99


def test_probability_follows_the_signs():
    layer = AdaptiveAugment(target=0.5, images_to_one=100, interval=2)
    history = []
    for sign_sum in (10.0, 8.0, 4.0, 7.0, -10.0, -10.0, -10.0, -10.0):
        layer.adapt(tf.constant(sign_sum), tf.constant(10.0))
        history.append(float(layer.probability))
    # Means over two updates: 0.9, 0.55, -1, -1; each moves by 20 / 100.
    np.testing.assert_allclose(history, [0, 0.2, 0.2, 0.4, 0.4, 0.2, 0.2, 0.0], atol=1e-6)
    layer.adapt(tf.constant(-10.0), tf.constant(10.0))
    layer.adapt(tf.constant(-10.0), tf.constant(10.0))
    assert float(layer.probability) == 0.0  # never below
    for _ in range(12):
        layer.adapt(tf.constant(10.0), tf.constant(10.0))
    assert float(layer.probability) == 1.0  # never above


@pytest.mark.parametrize(
    "layer",
    [
        DiffAugment((augment.mirror, augment.cutout)),
        AdaptiveAugment((augment.mirror,), 0.3, 1000, 2),
    ],
)
def test_layers_travel_as_configurations(layer):
    config = keras.saving.serialize_keras_object(layer)
    copy = keras.saving.deserialize_keras_object(config)
    assert copy.transforms == layer.transforms
    assert copy.get_config() == layer.get_config()


def test_half_precision_policies_leave_the_images_in_float32():
    keras.config.set_dtype_policy("mixed_bfloat16")
    x, seeds = images(), sampling.seeds(1, 6)
    moved = DiffAugment((augment.translation,))(x, seeds)
    assert moved.dtype == tf.float32
    # Whole pixels: every value that came out went in, to the bit.
    assert set(np.unique(moved.numpy())) <= {0.0, *np.unique(x)}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: DiffAugment(()), "transforms=\\(\\)"),
        (lambda: DiffAugment(("cutout",)), "transforms="),
        (lambda: AdaptiveAugment(target=1.5), "target=1.5"),
        (lambda: AdaptiveAugment(images_to_one=0), "images_to_one=0"),
        (lambda: AdaptiveAugment(interval=0), "interval=0"),
        (lambda: DiffAugment()(np.zeros((2, 5)), sampling.seeds(0, 2)), "examples of shape"),
    ],
)
def test_wrong_use_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
