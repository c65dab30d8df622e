"""Usage and perplexity, counted over all batches."""

import numpy as np
import pytest

from tfgen.metrics import CodebookPerplexity, CodebookUsage


def fed(metric, *batches):
    for batch in batches:
        metric.update_state(np.array(batch, np.int32))
    return float(metric.result())


def test_by_hand_over_several_batches():
    batches = [[[0, 0], [1, 1]]], [[[2, 0]]]
    assert fed(CodebookUsage(8), *batches) == 3 / 8
    shares = np.array([3, 2, 1]) / 6
    expected = np.exp(-np.sum(shares * np.log(shares)))
    assert fed(CodebookPerplexity(8), *batches) == pytest.approx(expected, rel=1e-6)


def test_no_dependence_on_the_batches():
    indices = np.random.default_rng(0).integers(0, 16, size=(64, 7, 7))
    for metric in (CodebookUsage, CodebookPerplexity):
        assert fed(metric(16), indices) == fed(metric(16), *np.split(indices, 8))


def test_stages_count_their_own_codes():
    indices = [[[0, 3], [1, 3]]]
    assert fed(CodebookUsage(4, stages=2), indices) == 3 / 8
    assert fed(CodebookPerplexity(4, stages=2), indices) == pytest.approx(np.sqrt(2), rel=1e-6)


def test_bounds_without_data_and_with_even_use():
    assert fed(CodebookUsage(5)) == 0 and fed(CodebookPerplexity(5)) == 1
    assert fed(CodebookPerplexity(5), np.arange(50) % 5) == pytest.approx(5, rel=1e-6)
    metric = CodebookUsage(5)
    fed(metric, [0, 1])
    metric.reset_state()
    assert fed(metric) == 0
