"""Modes of mixtures in the plane: their own samples, dropped modes, strays."""

import math

import numpy as np
import pytest

from tfgen.metrics import grid_centres, mixture_modes, ring_centres


def draw(centres, deviation, count, seed=0):
    generator = np.random.default_rng(seed)
    chosen = generator.integers(0, len(centres), count)
    return centres[chosen] + generator.normal(0.0, deviation, (count, centres.shape[1]))


def test_the_ring_is_round_and_even():
    centres = ring_centres(8, radius=2.0)
    np.testing.assert_allclose(np.hypot(*centres.T), 2.0)
    steps = np.diff(np.unwrap(np.arctan2(centres[:, 1], centres[:, 0])))
    np.testing.assert_allclose(steps, math.pi / 4)


def test_the_grid_is_that_of_the_papers():
    expected = [[-4.0 + 2 * i, -4.0 + 2 * j] for i in range(5) for j in range(5)]
    assert grid_centres().tolist() == expected


@pytest.mark.parametrize(("centres", "deviation"), [(ring_centres(), 0.01), (grid_centres(), 0.05)])
def test_own_samples_hit_all_modes_and_have_the_rayleigh_share(centres, deviation):
    result = mixture_modes(draw(centres, deviation, 20_000), centres, deviation)
    assert result["modes"] == len(centres)
    assert result["high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=4 * 0.00074)
    assert result["kl"] == pytest.approx((len(centres) - 1) / 40_000, abs=1e-3)


def test_dropped_modes_have_a_closed_form():
    centres = grid_centres()
    result = mixture_modes(np.repeat(centres[:5], 4, axis=0), centres, 0.05)
    assert result == {"modes": 5, "high_quality": 1.0, "kl": pytest.approx(math.log(5))}


def test_three_deviations_and_no_more():
    samples = np.array([[0.0, 0.29], [0.375, 0.0], [0.22, 0.22], [0.37, 0.1], [5.0, 5.2]])
    result = mixture_modes(samples, np.array([[0.0, 0.0], [5.0, 5.0]]), 0.125)
    # At 0.29, 0.375 (the edge, inside), 0.311, 0.383 and 0.2, in units of 0.125: 3 is 0.375.
    assert (result["modes"], result["high_quality"]) == (2, 4 / 5)


def test_strays_hit_nothing():
    result = mixture_modes(np.zeros((10, 2)), ring_centres(), 0.01)
    assert (result["modes"], result["high_quality"]) == (0, 0.0)


def test_a_mode_may_need_several_samples():
    samples = np.repeat(ring_centres(), [1, 2, 3, 4, 0, 0, 0, 9], axis=0)
    hit = [mixture_modes(samples, ring_centres(), 0.01, least=n)["modes"] for n in (1, 3, 5)]
    assert hit == [5, 3, 1]


def test_the_batches_do_not_matter():
    samples = draw(ring_centres(), 0.02, 500)
    whole = mixture_modes(samples, ring_centres(), 0.01)
    batches = (samples[i : i + 33] for i in range(0, 500, 33))
    assert mixture_modes(batches, ring_centres(), 0.01) == whole
    assert 0.1 < whole["high_quality"] < 0.9


def test_other_dimensions_are_accepted():
    centres = np.eye(3)
    assert mixture_modes(centres[:2], centres, 0.1)["modes"] == 2


@pytest.mark.parametrize(
    ("samples", "deviation", "message"),
    [
        (np.zeros((0, 2)), 0.1, "0 samples: expected at least 1"),
        (np.zeros((5, 3)), 0.1, "samples of width 3: expected 2"),
        (np.full((5, 2), np.nan), 0.1, "samples with NaN or infinite numbers in 5 of 5"),
        (np.zeros((5, 2)), 0.0, "deviation=0.0: expected a finite number above 0"),
        (np.zeros((5, 2)), math.nan, "deviation=nan: expected a finite number above 0"),
    ],
)
def test_bad_samples_say_what_is_wrong(samples, deviation, message):
    with pytest.raises(ValueError, match=message) as caught:
        mixture_modes(samples, ring_centres(), deviation)
    assert "\n" not in str(caught.value)
