"""The kernel distance against explicit sums, its expectation, and any batching."""

import itertools

import numpy as np
import pytest

from tfgen.metrics import kernel_distance
from tfgen.metrics.kernel import unbiased_mmd2


def kernel(a, b):
    return (float(np.dot(a, b)) / len(a) + 1) ** 3


def explicit_mmd2(x, y):
    """The definition, pair by pair."""
    within = [
        np.mean([kernel(*pair) for pair in itertools.permutations(points, 2)]) for points in (x, y)
    ]
    return sum(within) - 2 * np.mean([kernel(*pair) for pair in itertools.product(x, y)])


def draw(count, width=3, seed=0, offset=0.0):
    return np.random.default_rng(seed).normal(offset, 1.0, size=(count, width))


@pytest.mark.parametrize("counts", [(2, 2), (7, 7), (5, 9)])
def test_all_pairs_but_those_with_oneself(counts):
    x, y = draw(counts[0]), draw(counts[1], seed=1, offset=0.3)
    assert unbiased_mmd2(x, y) == pytest.approx(explicit_mmd2(x, y), rel=1e-10)


def test_large_blocks_are_compared_in_parts():
    x, y = draw(1300), draw(1100, seed=1)
    parts = (x @ y.T / 3 + 1) ** 3
    within = [((p @ p.T / 3 + 1) ** 3, len(p)) for p in (x, y)]
    within = sum((k.sum() - np.trace(k)) / (n * (n - 1)) for k, n in within)
    assert unbiased_mmd2(x, y) == pytest.approx(within - 2 * parts.mean(), rel=1e-9, abs=1e-12)


def test_the_mean_over_disjoint_blocks_and_its_error():
    x, y = draw(12), draw(14, seed=1, offset=0.5)
    blocks = [explicit_mmd2(x[i : i + 4], y[i : i + 4]) for i in (0, 4, 8)]
    result = kernel_distance(x, y, block_size=4)
    assert result["kernel_distance"] == pytest.approx(np.mean(blocks), rel=1e-10)
    expected = np.std(blocks, ddof=1) / np.sqrt(3)
    assert result["kernel_distance_standard_error"] == pytest.approx(expected, rel=1e-10)


def test_it_is_unbiased_for_tiny_sets():
    """Equal distributions give 0 in expectation, and shifted ones the closed form, from 4 points.

    For d = 1, E (xy + 1)^3 = 1 + 3 E[x]E[y] + 3 E[x^2]E[y^2] + E[x^3]E[y^3]; the biased estimate
    would be off by a quarter of E (x^2 + 1)^3 - E (xy + 1)^3, about 7.
    """
    trials, offset = 10_000, 0.5
    x, y = draw(4 * trials, width=1), draw(4 * trials, width=1, seed=1)
    equal = kernel_distance(x, y, block_size=4)
    error = equal["kernel_distance_standard_error"]
    assert abs(equal["kernel_distance"]) < 4 * error < 1.0
    shifted = kernel_distance(x, y + offset, block_size=4)
    m1, m2, m3 = offset, 1 + offset**2, 3 * offset + offset**3
    expected = 4 + (1 + 3 * m1**2 + 3 * m2**2 + m3**2) - 2 * (1 + 3 * m2)
    error = shifted["kernel_distance_standard_error"]
    assert abs(shifted["kernel_distance"] - expected) < 4 * error < 1.0


def test_the_standard_error_is_one():
    estimates = [
        kernel_distance(draw(400, seed=2 * i), draw(400, seed=2 * i + 1), block_size=20)
        for i in range(100)
    ]
    spread = np.std([each["kernel_distance"] for each in estimates], ddof=1)
    claimed = np.mean([each["kernel_distance_standard_error"] for each in estimates])
    assert claimed == pytest.approx(spread, rel=0.3)


def test_disjoint_sets_are_many_errors_apart():
    result = kernel_distance(draw(200), draw(200, seed=1, offset=3.0), block_size=50)
    assert result["kernel_distance"] > 10 * result["kernel_distance_standard_error"] > 0


def test_the_batches_do_not_matter():
    x, y = draw(50), draw(50, seed=1)
    whole = kernel_distance(x, y, block_size=16)
    for size in (1, 7, 33):
        batches = (x[i : i + size] for i in range(0, 50, size))
        assert kernel_distance(batches, y, block_size=16) == whole


def test_one_block_has_no_error():
    x, y = draw(30), draw(30, seed=1)
    result = kernel_distance(x, y, block_size=30)
    assert result == {"kernel_distance": pytest.approx(explicit_mmd2(x, y), abs=1e-12)}


@pytest.mark.parametrize(
    ("real", "fake", "block_size", "message"),
    [
        (np.zeros((9, 2)), np.zeros((10, 2)), 10, "9 real features: expected at least 10"),
        (np.zeros((10, 2)), np.zeros((9, 2)), 10, "9 fake features: expected at least 10"),
        ([], np.zeros((9, 2)), 4, "0 real features: expected at least 4"),
        (np.zeros((9, 2)), np.zeros((9, 3)), 4, "fake features of width 3: expected 2"),
        (np.zeros((9, 2)), np.full((9, 2), np.nan), 4, "NaN or infinite numbers in 9 of 9"),
        (np.zeros((9, 2)), np.zeros((9, 2)), 1, "block_size=1: expected at least 2"),
        (np.zeros((9, 2)), np.zeros((9, 2)), 2.5, "block_size=2.5: expected a positive integer"),
    ],
)
def test_bad_sets_say_what_is_wrong(real, fake, block_size, message):
    with pytest.raises(ValueError, match=message) as caught:
        kernel_distance(real, fake, block_size)
    assert "\n" not in str(caught.value)
