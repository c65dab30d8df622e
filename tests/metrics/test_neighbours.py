"""Precision, recall, density and coverage: by hand, by definition, and in expectation."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from tfgen.metrics import density_coverage, neighbours, precision_recall


def column(*numbers):
    return np.array(numbers, float)[:, None]


def draw(count, width=4, seed=0, offset=0.0):
    return np.random.default_rng(seed).normal(offset, 1.0, size=(count, width))


def explicit(real, fake, k):
    """All four by their definitions, from the whole matrices of distances."""

    def radii(points):
        return np.sort(cdist(points, points), axis=1)[:, k]  # the nearest is the point itself

    between = cdist(fake, real)
    in_real, in_fake = between <= radii(real), between <= radii(fake)[:, None]
    return {
        "precision": in_real.any(axis=1).mean(),
        "recall": in_fake.any(axis=0).mean(),
        "density": in_real.sum() / (k * len(fake)),
        "coverage": in_real.any(axis=0).mean(),
    }


def all_four(real, fake, k):
    return {**precision_recall(real, fake, k), **density_coverage(real, fake, k)}


@pytest.mark.parametrize("k", [1, 3, 7])
@pytest.mark.parametrize("offset", [0.0, 1.5])
def test_agrees_with_the_definitions(k, offset):
    real, fake = draw(150), draw(90, seed=1, offset=offset)
    assert all_four(real, fake, k) == pytest.approx(explicit(real, fake, k), abs=1e-12)


def test_blocks_of_any_size_agree(monkeypatch):
    real, fake = draw(83), draw(61, seed=1)
    whole = all_four(real, fake, 3)
    for numbers in (1, 200, 1000):
        monkeypatch.setattr(neighbours, "_BLOCK_NUMBERS", numbers)
        assert all_four(real, fake, 3) == whole


def test_by_hand_with_one_neighbour():
    # Balls of real: 0 ± 1, 1 ± 1, 3 ± 2, 7 ± 4. Of fakes: 0.5 ± 3.5, 4 ± 3.5, 20 ± 16.
    real, fake = column(0, 1, 3, 7), column(0.5, 4, 20)
    assert precision_recall(real, fake, k=1) == {"precision": 2 / 3, "recall": 1.0}
    # 0.5 lies in the balls of 0 and 1; 4 in those of 3 and 7; 20 in none.
    assert density_coverage(real, fake, k=1) == {"density": 4 / 3, "coverage": 1.0}


def test_by_hand_with_two_neighbours():
    # Balls of real: 0 ± 3, 1 ± 2, 3 ± 3, 7 ± 6. Of fakes: 10 ± 4, 13 ± 3, 14 ± 4.
    real, fake = column(0, 1, 3, 7), column(10, 13, 14)
    assert precision_recall(real, fake, k=2) == {"precision": 2 / 3, "recall": 1 / 4}
    assert density_coverage(real, fake, k=2) == {"density": 1 / 3, "coverage": 1 / 4}


def test_the_edge_of_a_ball_is_inside():
    real = column(0, 2, 10)  # ± 2, ± 2, ± 8
    assert precision_recall(real, column(-2, 18), k=1)["precision"] == 1.0
    assert density_coverage(real, column(-2, 18), k=1) == {"density": 1.0, "coverage": 2 / 3}


def test_equal_sets_agree_wholly():
    real = np.round(1000 * draw(60))  # integers, whose distances are exact
    result = all_four(real, real.copy(), 3)
    assert (result["precision"], result["recall"], result["coverage"]) == (1.0, 1.0, 1.0)
    # Each point lies in its own ball and, on average, in k others.
    assert result["density"] == pytest.approx((3 + 1) / 3)


def test_disjoint_sets_have_nothing_in_common():
    assert set(all_four(draw(50), draw(50, seed=1, offset=100.0), 3).values()) == {0.0}


def test_half_the_fakes_astray_halve_precision_only():
    real = draw(400, width=2)
    fake = np.concatenate([draw(400, width=2, seed=1), draw(400, width=2, seed=2, offset=99.0)])
    result = all_four(real, fake, 5)
    assert 0.45 < result["precision"] < 0.5
    assert 0.4 < result["density"] < 0.6
    assert result["recall"] > 0.95 and result["coverage"] > 0.9


def test_a_dropped_mode_shows_in_recall_and_coverage_only():
    real = np.concatenate([draw(300, width=2), draw(300, width=2, seed=1, offset=99.0)])
    result = all_four(real, draw(600, width=2, seed=2), 5)
    assert result["precision"] > 0.95 and 0.8 < result["density"] < 1.2
    assert 0.45 < result["recall"] <= 0.5 and 0.45 < result["coverage"] <= 0.5


@pytest.mark.parametrize(("n", "m", "k"), [(12, 12, 1), (10, 25, 3), (30, 8, 5)])
def test_expectations_for_equal_distributions(n, m, k):
    """Density 1 and the closed form of coverage, for any distribution and any counts."""
    generator, trials = np.random.default_rng(3), 800
    results = [
        density_coverage(generator.exponential(size=(n, 2)), generator.exponential(size=(m, 2)), k)
        for _ in range(trials)
    ]
    steps = np.arange(1, k + 1)
    expected = {"density": 1.0, "coverage": 1 - np.prod((n - steps) / (n + m - steps))}
    for name, value in expected.items():
        values = [result[name] for result in results]
        error = np.std(values) / np.sqrt(trials)
        assert abs(np.mean(values) - value) < 4 * error < 0.15


def test_a_collapsed_generator_has_precision_and_no_recall():
    fake = np.repeat(draw(1), 50, axis=0)
    result = precision_recall(draw(50), fake, k=3)
    assert result == {"precision": 1.0, "recall": 1 / 50}


def test_far_from_the_origin_distances_stay_exact():
    real, fake = draw(100), draw(100, seed=1)
    assert all_four(real + 1e3, fake + 1e3, 3) == pytest.approx(all_four(real, fake, 3), abs=1e-12)


def test_batches_are_accepted():
    real, fake = draw(40), draw(30, seed=1)
    batches = (fake[i : i + 7] for i in range(0, 30, 7))
    assert precision_recall(real, batches) == precision_recall(real, fake)


@pytest.mark.parametrize("metric", [precision_recall, density_coverage])
@pytest.mark.parametrize(
    ("real", "fake", "k", "message"),
    [
        (np.eye(3), np.eye(3), 3, "3 real features: expected at least 4"),
        (np.eye(4), np.eye(4)[:3], 3, "3 fake features: expected at least 4"),
        (np.eye(4), np.eye(5), 3, "fake features of width 5: expected 4"),
        (np.eye(4), np.eye(4) * np.nan, 3, "fake features with NaN or infinite numbers in 4"),
        (np.eye(4), np.eye(4), 0, "k=0: expected a positive integer"),
    ],
)
def test_bad_sets_say_what_is_wrong(metric, real, fake, k, message):
    with pytest.raises(ValueError, match=f"{metric.__name__} received {message}") as caught:
        metric(real, fake, k)
    assert "\n" not in str(caught.value)
