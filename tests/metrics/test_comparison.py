"""All distances at once: the single metrics' numbers, and the floor of real data."""

import numpy as np
import pytest

from tfgen.metrics import (
    compare,
    density_coverage,
    frechet_distance,
    kernel_distance,
    precision_recall,
    real_floor,
)


def draw(count, seed=0, offset=0.0):
    return np.random.default_rng(seed).normal(offset, 1.0, size=(count, 4))


def test_it_collects_the_single_metrics():
    real, fake = draw(70), draw(60, seed=1, offset=0.5)
    assert compare(real, fake, block_size=20, recall_k=2, coverage_k=4) == {
        "frechet_distance": frechet_distance(real, fake),
        **kernel_distance(real, fake, 20),
        **precision_recall(real, fake, 2),
        **density_coverage(real, fake, 4),
        "real_examples": 70,
        "fake_examples": 60,
    }


def test_generators_of_batches_are_read_once():
    real, fake = draw(60), draw(50, seed=1)
    batches = [iter(np.array_split(features, 6)) for features in (real, fake)]
    assert compare(*batches, block_size=25) == compare(real, fake, block_size=25)


def test_the_floor_puts_training_data_in_the_place_of_fakes():
    train, test = draw(40), draw(50, seed=1)
    assert real_floor(train, test, block_size=20) == compare(test, train, block_size=20)


def test_the_floor_draws_as_many_as_there_are_fakes():
    # In order, the first half would be another distribution than the whole.
    train = np.concatenate([draw(300, seed=2), draw(300, seed=3, offset=9.0)])
    test = np.concatenate([draw(100, seed=4), draw(100, seed=5, offset=9.0)])
    floors = [real_floor(train, test, 200, seed, block_size=50) for seed in (0, 0, 1)]
    assert floors[0] == floors[1] != floors[2]
    assert floors[0]["fake_examples"] == 200
    assert floors[0]["recall"] > 0.8 and floors[0]["coverage"] > 0.8


def test_a_generator_stands_above_the_floor():
    train, test = draw(500), draw(500, seed=1)
    floor = real_floor(train, test, block_size=100)
    worse = compare(test, draw(500, seed=2, offset=0.5), block_size=100)
    assert worse["frechet_distance"] > 3 * floor["frechet_distance"]
    assert worse["kernel_distance"] > floor["kernel_distance"]


@pytest.mark.parametrize(
    ("train", "test", "count", "message"),
    [
        (draw(30), draw(30), 31, "30 training features: expected at least 31"),
        (draw(30), draw(30), 0, "count=0: expected a positive integer"),
        (draw(30), draw(30)[:, :3], None, "fake features of width 4: expected 3"),
    ],
)
def test_bad_sets_say_what_is_wrong(train, test, count, message):
    with pytest.raises(ValueError, match=message):
        real_floor(train, test, count)


def test_small_sets_make_one_block_of_all():
    found = compare(draw(30), draw(40, seed=1))
    assert found["kernel_block_size"] == 30
    assert found["kernel_distance"] == compare(draw(30), draw(40, seed=1), 30)["kernel_distance"]
