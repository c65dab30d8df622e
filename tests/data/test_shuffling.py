"""Orders that depend on a key only."""

import numpy as np
import pytest

from tfgen.data.shuffling import shuffled


@pytest.mark.parametrize("count", [1, 2, 3, 17, 100, 4_096])
def test_an_order_has_every_number_once_whatever_part_is_asked_for(count):
    whole = shuffled([5, 0, 2], np.arange(count), count)
    assert sorted(whole.tolist()) == list(range(count))
    rows = np.arange(count)[::-2]
    assert shuffled([5, 0, 2], rows, count).tolist() == whole[rows].tolist()


def test_keys_give_orders_of_their_own_in_which_all_places_are_alike():
    first = np.array([shuffled([seed, 0, 0], [0, 1], 10) for seed in range(2_000)])
    for column in first.T:
        counts = np.bincount(column, minlength=10)
        assert np.square(counts - 200).sum() / 200 < 28  # chi squared of 9 degrees, p = 0.001
    assert np.corrcoef(first.T)[0, 1] == pytest.approx(-1 / 9, abs=0.07)  # without replacement
    order = shuffled([0, 0, 0], np.arange(10_000), 10_000)
    assert abs(np.corrcoef(order, np.arange(10_000))[0, 1]) < 0.04
    assert np.mean(np.diff(order) == 1) < 0.001
