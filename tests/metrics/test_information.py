import numpy as np
import pytest

from tfgen.metrics import mutual_information


@pytest.mark.parametrize("signal", [0.0, 0.5, 2.0])
def test_a_linear_channel_has_the_information_of_its_closed_form(signal):
    """Z = signal * x + noise, both normal: log(1 + signal**2) / 2 a unit."""
    x = np.random.default_rng(0).normal(size=(3000, 2))
    found = mutual_information(signal * x, np.ones_like(x), seed=1)
    assert found == pytest.approx(np.log1p(signal**2), abs=0.05)


def test_examples_in_groups_far_apart_are_worth_the_log_of_their_number():
    means = np.repeat(100.0 * np.arange(5), 120)[:, None]
    assert mutual_information(means, np.ones_like(means)) == pytest.approx(np.log(5), abs=1e-6)


@pytest.mark.parametrize(
    ("means", "scales"), [([[1.0]], [[0.0]]), ([1.0], [1.0]), ([[1.0]], [[1.0, 1.0]])]
)
def test_what_is_no_posterior_is_refused(means, scales):
    with pytest.raises(ValueError, match="expected both") as caught:
        mutual_information(means, scales)
    assert "\n" not in str(caught.value)
