"""The inception score against its definition, known cases, and any batching."""

import math

import numpy as np
import pytest
import scipy.stats

from tfgen.metrics import inception_score


def draw(count, classes=5, seed=0):
    return 3.0 * np.random.default_rng(seed).normal(size=(count, classes))


def explicit(logits):
    """Exp of the mean KL, one example at a time."""
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return math.exp(np.mean([scipy.stats.entropy(each, p.mean(axis=0)) for each in p]))


def test_agrees_with_the_definition_in_every_split():
    logits = draw(103)
    scores = [explicit(logits[start::4]) for start in range(4)]  # dealt in turn: 26, 26, 26, 25
    result = inception_score(logits, splits=4)
    assert result["inception_score"] == pytest.approx(np.mean(scores), rel=1e-12)
    assert result["inception_score_deviation"] == pytest.approx(np.std(scores), rel=1e-10)


def test_sure_and_even_is_the_number_of_classes():
    result = inception_score(np.tile(1000.0 * np.eye(7), (10, 1)), splits=2)
    assert result["inception_score"] == pytest.approx(7.0, rel=1e-12)
    assert result["inception_score_deviation"] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("logits", [np.zeros((20, 7)), np.tile([[1000.0, 0.0, 0.0]], (20, 1))])
def test_unsure_or_one_class_only_is_one(logits):
    assert inception_score(logits)["inception_score"] == pytest.approx(1.0, rel=1e-12)


def test_two_classes_of_unequal_share():
    logits = 1000.0 * np.eye(3)[[0] * 30 + [2] * 10]
    expected = math.exp(-(0.75 * math.log(0.75) + 0.25 * math.log(0.25)))
    assert inception_score(logits, splits=1)["inception_score"] == pytest.approx(expected)


def test_the_batches_do_not_matter():
    logits = draw(60)
    whole = inception_score(logits)
    for size in (1, 7, 59):
        batches = (logits[i : i + size] for i in range(0, 60, size))
        assert inception_score(batches) == pytest.approx(whole, rel=1e-12)


def test_adding_a_constant_to_the_logits_changes_nothing():
    logits = draw(50)
    assert inception_score(logits + 500.0) == pytest.approx(inception_score(logits), rel=1e-9)


@pytest.mark.parametrize(
    ("logits", "splits", "message"),
    [
        (np.ones((9, 3)), 10, "received 9 logits: expected at least 10"),
        (np.full((20, 4), 0.25), 10, "probabilities: expected logits"),
        (np.ones((20, 4)) * np.nan, 10, "NaN or infinite numbers in 20 of 20"),
        (np.ones(20), 10, r"logits of shape \(20,\): expected \[n, d\]"),
        ([np.ones((20, 4)), np.ones((20, 3))], 10, "logits of width 3: expected 4"),
        (np.ones((20, 4)), 0, "splits=0: expected a positive integer"),
    ],
)
def test_bad_logits_say_what_is_wrong(logits, splits, message):
    with pytest.raises(ValueError, match=message) as caught:
        inception_score(logits, splits)
    assert "\n" not in str(caught.value)
