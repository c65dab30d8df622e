"""The Fréchet distance against closed forms, SciPy's matrix square root, and any batching."""

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from tfgen.metrics import Moments, frechet_distance, moments


def draw(count, width, seed=0, offset=0.0):
    """Correlated features of unequal scales."""
    generator = np.random.default_rng(seed)
    mixing = generator.normal(size=(width, width)) * np.linspace(0.1, 2.0, width)
    return offset + generator.normal(size=(count, width)) @ mixing


def split(features, sizes):
    return np.split(features, np.cumsum(sizes)[:-1])


def reference(real, fake):
    """The formula as printed, by a general matrix square root."""
    covariances = [np.cov(features, rowvar=False) for features in (real, fake)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1])
    shift = real.mean(axis=0) - fake.mean(axis=0)
    return shift @ shift + np.trace(sum(covariances) - 2 * root.real)


def test_agrees_with_the_matrix_square_root():
    real, fake = draw(400, 12), draw(300, 12, seed=1, offset=0.7)
    assert frechet_distance(real, fake) == pytest.approx(reference(real, fake), rel=1e-9)


def test_gaussians_that_share_axes_have_a_closed_form():
    mean, first, second = np.array([3.0, -1.0, 0.0]), [4.0, 0.25, 0.0], [1.0, 9.0, 2.25]
    real = Moments(10, np.zeros(3), np.diag(first))
    fake = Moments(10, mean, np.diag(second))
    expected = 10.0 + (2 - 1) ** 2 + (0.5 - 3) ** 2 + 1.5**2
    assert frechet_distance(real, fake) == pytest.approx(expected, rel=1e-12)


def test_rotating_both_changes_nothing_rotating_one_does():
    real, fake = draw(200, 5), draw(200, 5, seed=1)
    rotation = scipy.linalg.qr(np.random.default_rng(2).normal(size=(5, 5)))[0]
    distance = frechet_distance(real, fake)
    assert frechet_distance(real @ rotation, fake @ rotation) == pytest.approx(distance, rel=1e-10)
    assert abs(frechet_distance(real, fake @ rotation) - distance) > 0.1


def test_a_shift_adds_its_square():
    real = draw(100, 6)
    assert frechet_distance(real, real + 2.0) == pytest.approx(24.0, rel=1e-12)


def test_it_is_symmetric_and_scales_with_the_square():
    real, fake = draw(100, 6), draw(80, 6, seed=1)
    distance = frechet_distance(real, fake)
    assert frechet_distance(fake, real) == pytest.approx(distance, rel=1e-12)
    assert frechet_distance(3 * real, 3 * fake) == pytest.approx(9 * distance, rel=1e-12)


@pytest.mark.parametrize("count", [3, 40, 500])
def test_equal_sets_are_at_zero_even_with_fewer_examples_than_features(count):
    real = draw(count, 64)
    scale = np.trace(np.cov(real, rowvar=False))
    assert 0 <= frechet_distance(real, real[::-1]) < 1e-11 * scale


def test_singular_covariances_are_exact():
    # Two lines at an angle: covariances a a^T and b b^T, whose root has the trace |a.b|.
    steps = np.array([-1.0, 0.0, 1.0])[:, None]
    a, b = np.arange(1.0, 51.0), np.cos(np.arange(50))
    expected = a @ a + b @ b - 2 * abs(a @ b)
    assert frechet_distance(steps * a, steps * b) == pytest.approx(expected, rel=1e-12)


def test_an_unused_feature_does_no_harm():
    real, fake = draw(100, 4), draw(100, 4, seed=1)
    padded = [np.pad(features, ((0, 0), (0, 3))) for features in (real, fake)]
    assert frechet_distance(*padded) == pytest.approx(frechet_distance(real, fake), rel=1e-12)


def test_constant_sets_differ_by_their_place():
    assert frechet_distance(np.zeros((3, 2)), np.ones((5, 2))) == 2.0


@pytest.mark.parametrize("sizes", [[1] * 60, [59, 1], [7, 23, 30]])
def test_moments_do_not_depend_on_the_batches(sizes):
    features = draw(60, 5, offset=1e4)
    result = moments(iter(split(features, sizes)))
    assert result.count == 60
    np.testing.assert_allclose(result.mean, features.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(result.covariance, np.cov(features, rowvar=False), atol=1e-9)


def test_a_large_mean_does_not_drown_a_small_variance():
    features = 1e8 + np.tile([[-1.0], [1.0]], (5000, 1))
    assert moments(features).covariance[0, 0] == pytest.approx(10000 / 9999, rel=1e-9)


def test_long_arrays_are_taken_in_parts():
    features = draw(9000, 3)
    result = moments(features.astype(np.float32))
    np.testing.assert_allclose(result.covariance, np.cov(features, rowvar=False), rtol=1e-5)


def test_kept_moments_give_the_same_distance():
    real, fake = draw(100, 4), draw(90, 4, seed=1)
    assert frechet_distance(moments(real), moments(fake)) == frechet_distance(real, fake)


def test_datasets_tensors_and_half_precision_are_accepted():
    real = draw(64, 4).astype(np.float32)
    dataset = tf.data.Dataset.from_tensor_slices(real).batch(10)
    assert frechet_distance(dataset, tf.constant(real)) == pytest.approx(0.0, abs=1e-9)
    half = tf.cast(real, tf.bfloat16)
    assert 0 < frechet_distance(real, half) < 1e-2


@pytest.mark.parametrize(
    ("real", "fake", "message"),
    [
        (np.zeros((1, 3)), np.zeros((5, 3)), "received 1 real features: expected at least 2"),
        (np.zeros((5, 3)), [], "received 0 fake features: expected at least 2"),
        (np.zeros((5, 3)), np.zeros((5, 4)), "fake features of width 4: expected 3"),
        (np.zeros((5, 3, 3)), np.zeros((5, 3)), r"real features of shape \(5, 3, 3\): expected"),
        (np.zeros((5, 0)), np.zeros((5, 0)), r"shape \(5, 0\): expected \[n, d\]"),
        ([np.zeros((5, 3)), np.zeros((5, 2))], np.zeros((5, 3)), "width 2: expected 3"),
        (np.zeros((5, 3)), np.full((5, 3), np.nan), "NaN or infinite numbers in 5 of 5 rows"),
        (np.full((5, 3), np.inf), np.zeros((5, 3)), "real features with NaN or infinite"),
    ],
)
def test_bad_sets_say_what_is_wrong(real, fake, message):
    with pytest.raises(ValueError, match=message) as caught:
        frechet_distance(real, fake)
    assert "\n" not in str(caught.value)


def test_moments_of_other_widths_do_not_mix():
    with pytest.raises(ValueError, match="widths 3 and 2"):
        frechet_distance(moments(np.eye(3)), moments(np.eye(2)))


def test_a_network_is_no_set():
    with pytest.raises(TypeError, match="expected an array"):
        frechet_distance(np.eye(3), 7)
