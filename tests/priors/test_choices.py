"""Choosing tokens, against probabilities computed in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from tfgen import sampling
from tfgen.priors.choices import choose, restricted
from tfgen.priors.masked import least, masked_counts, random_mask

LOGITS = tf.math.log([[0.4, 0.3, 0.2, 0.1]])


def shares(count=20_000, **settings):
    noise = sampling.gumbel(sampling.seeds(0, count), (4,))
    chosen = choose(tf.repeat(LOGITS, count, axis=0), noise, **settings).numpy()
    return np.bincount(chosen, minlength=4) / count


@pytest.mark.parametrize("settings, expected", [
    ({}, [0.4, 0.3, 0.2, 0.1]),
    ({"temperature": 0.5}, np.array([16, 9, 4, 1]) / 30),
    ({"temperature": 0}, [1, 0, 0, 0]),
    ({"top_k": 2}, [4 / 7, 3 / 7, 0, 0]),
    ({"top_k": 9}, [0.4, 0.3, 0.2, 0.1]),
    ({"top_p": 0.65}, [4 / 7, 3 / 7, 0, 0]),
    ({"top_p": 0.71}, [4 / 9, 3 / 9, 2 / 9, 0]),
    ({"top_p": 0.01}, [1, 0, 0, 0]),
    ({"top_k": 3, "top_p": 0.5, "temperature": 2.0}, None),
])  # fmt: skip
def test_draws_have_the_probabilities_asked_for(settings, expected):
    if expected is None:  # temperature, then the three likeliest, then 0.5 of what these have
        roots = np.sqrt([0.4, 0.3, 0.2])
        kept = roots[: 1 + (roots[0] / roots.sum() < 0.5)]
        expected = np.pad(kept / kept.sum(), (0, 4 - len(kept)))
    np.testing.assert_allclose(shares(**settings), expected, atol=0.015)


def test_excluded_logits_are_out_of_reach():
    logits = tf.constant([[[3.0, 1.0, 2.0], [0.0, 5.0, 4.0]]])
    kept = restricted(logits, top_k=2) > -1e8
    np.testing.assert_array_equal(kept, [[[True, False, True], [False, True, True]]])


def test_masked_counts_follow_the_cosine():
    assert masked_counts(16, 4) == [14, 11, 6, 0]
    assert masked_counts(49, 8) == [48, 45, 40, 34, 27, 18, 9, 0]
    assert masked_counts(4, 4) == [3, 2, 1, 0]
    assert masked_counts(7, 1) == [0]
    for length in (1, 2, 5, 64, 256):
        for passes in range(1, min(length, 20) + 1):
            counts = np.array([length, *masked_counts(length, passes)])
            assert np.all(np.diff(counts) < 0) and counts[-1] == 0 and len(counts) == passes + 1
    with pytest.raises(ValueError, match="passes=5: expected an integer from 1 to the length"):
        masked_counts(4, 5)


def test_random_masks_follow_the_cosine_and_favour_no_place():
    masks = random_mask(sampling.seeds(0, 20_000), 8).numpy()
    counts = masks.sum(1)
    assert counts.min() >= 1
    # P(ceil(8 cos(pi u / 2)) <= k) = 1 - acos(k / 8) * 2 / pi
    received = [np.mean(counts <= k) for k in range(1, 9)]
    expected = 1 - np.arccos(np.arange(1, 9) / 8) * 2 / np.pi
    np.testing.assert_allclose(received, expected, atol=0.015)
    np.testing.assert_allclose(masks.mean(0), masks.mean(), atol=0.015)


def test_least_marks_exactly_as_many_even_of_equal_values():
    values = tf.constant([[1.0, 1.0, 1.0, 1.0], [3.0, 0.0, 2.0, 1.0]])
    for count in (1, 2, 3):
        marks = least(values, count).numpy()
        assert marks.sum(1).tolist() == [count, count]
        assert np.array_equal(marks[1], values[1].numpy() < count)
