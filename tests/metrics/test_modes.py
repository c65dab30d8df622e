"""Modes of Stacked-MNIST: numbering, counting, and the KL in closed form."""

import math

import numpy as np
import pytest
import scipy.stats
import tensorflow as tf

from tfgen.metrics import mode_coverage, stacked_modes


def brightness(images):
    """A classifier whose digit is the tenfold brightness of the image."""
    return np.eye(10)[np.rint(10 * np.asarray(images).mean(axis=(1, 2, 3))).astype(int)]


def stack(*modes):
    """Images of even brightness in each channel, `[n, 28, 28, 3]`."""
    digits = np.array([[mode // 100, mode // 10 % 10, mode % 10] for mode in modes])
    return np.broadcast_to(digits[:, None, None] / 10.0, (len(modes), 28, 28, 3)).astype("float32")


def test_red_counts_hundreds_green_tens_and_blue_ones():
    modes = list(stacked_modes([stack(0, 123), stack(907)], brightness))
    assert [batch.tolist() for batch in modes] == [[0, 123], [907]]


def test_datasets_with_labels_and_whole_arrays_are_accepted():
    images = stack(*range(0, 1000, 9))
    dataset = tf.data.Dataset.from_tensor_slices((images, np.zeros(len(images)))).batch(25)
    for source in (dataset, images):
        modes = np.concatenate(list(stacked_modes(source, brightness)))
        assert modes.tolist() == list(range(0, 1000, 9))


def test_the_whole_chain_counts_modes():
    images = stack(5, 5, 998, 31)
    assert mode_coverage(stacked_modes(images, brightness))["modes"] == 3


def test_one_channel_is_not_stacked():
    with pytest.raises(ValueError, match=r"shape \(2, 28, 28, 1\): expected \[batch, 28, 28, 3\]"):
        next(stacked_modes([np.zeros((2, 28, 28, 1))], brightness))


def test_every_mode_equally_often_is_perfect():
    result = mode_coverage(np.tile(np.arange(1000), 26))
    assert result["modes"] == 1000
    assert result["kl"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("hit", [1, 99, 500])
def test_dropped_modes_have_a_closed_form(hit):
    result = mode_coverage(np.tile(np.arange(hit), 3))
    assert result == {"modes": hit, "kl": pytest.approx(math.log(1000 / hit), rel=1e-12)}


def test_agrees_with_scipy_for_any_shares():
    generator = np.random.default_rng(0)
    fake, real = generator.integers(0, 40, 900), generator.binomial(39, 0.5, 5000)
    fake = fake[np.isin(fake, real)]
    counts = [np.bincount(modes, minlength=40) for modes in (fake, real)]
    result = mode_coverage(fake, 40, reference=real)
    assert result["kl"] == pytest.approx(scipy.stats.entropy(*counts), rel=1e-12)
    assert result["modes"] == len(np.unique(fake))


def test_a_mode_that_real_data_lacks_is_infinitely_far():
    assert mode_coverage([0, 1], 3, reference=[0, 2])["kl"] == math.inf


def test_a_fair_sample_has_the_documented_kl():
    """(num_modes - 1) / (2 n) nats in expectation, on 26,000 draws of 1,000 modes."""
    generator = np.random.default_rng(1)
    kls = [mode_coverage(generator.integers(0, 1000, 26_000))["kl"] for _ in range(20)]
    assert np.mean(kls) == pytest.approx(999 / 52_000, rel=0.03)


@pytest.mark.parametrize("kind", [np.int32, np.uint8, np.int64])
def test_the_batches_do_not_matter(kind):
    modes = np.random.default_rng(2).integers(0, 30, 200).astype(kind)
    whole = mode_coverage(modes, 30)
    assert mode_coverage((modes[i : i + 7] for i in range(0, 200, 7)), 30) == whole
    assert mode_coverage([modes[:50], modes[50:]], 30) == whole
    assert mode_coverage(modes.tolist(), 30) == mode_coverage(tf.constant(modes), 30) == whole


@pytest.mark.parametrize(
    ("modes", "message"),
    [
        (np.zeros(0, int), "0 modes: expected at least 1"),
        (np.array([0, 1000]), "modes from 0 to 1000: expected 0 to 999"),
        (np.array([-1, 3]), "modes from -1 to 3: expected 0 to 999"),
        (np.array([0.0, 1.0]), r"shape \(2,\) and type float64: expected integers"),
        (np.zeros((2, 10), int), r"shape \(2, 10\) and type int64: expected integers"),
    ],
)
def test_bad_modes_say_what_is_wrong(modes, message):
    with pytest.raises(ValueError, match=message) as caught:
        mode_coverage(modes)
    assert "\n" not in str(caught.value)
