"""One replica or two: the same weights, for every family.

What is promised is equality up to rounding: sums in another order. Under plain gradient descent
weights and statistics agree to a share of 1e-4 of how far they moved (measured: 3e-5 and less). It
is not promised of Adam as such, which divides gradients by their own size: where a gradient is
nothing but rounding, as that of a bias before a normalisation is, it makes whole steps of it.
"""

import keras
import numpy as np
import pytest
from conformance import fitting
from conformance.outcomes import PASSED, skip_unpromised
from conformance.table import every_row

COUNT = 40  # a batch of 32, and one of 8 that is split 4 and 4, or 8 and 0
ROUNDING = 1e-4


def _descent():
    return keras.optimizers.SGD(1e-3, momentum=0.9)


def _trained(row):
    """A model after two steps, where its weights began, and what was logged."""
    model = fitting.built(row, _descent)
    start = [np.array(v) for v in model.weights]
    return model, start, fitting.fit(model, row, COUNT)


@every_row
def test_two_replicas_give_the_weights_of_one(row, two_replicas, record_property):
    skip_unpromised(row, "replicas")
    one, start, logs = _trained(row)
    with two_replicas.scope():
        two, _, replicated_logs = _trained(row)
    expected, received = ([np.array(v) for v in model.weights] for model in (one, two))
    moved = [np.abs(new - old).max() for new, old in zip(expected, start, strict=True)]
    learned = [far for far, v in zip(moved, one.weights, strict=True) if id(v) in _trainable(one)]
    assert np.median(learned) > 0  # else there were nothing to compare
    for variable, a, b, far in zip(one.weights, expected, received, moved, strict=True):
        # What hardly moves, such as a bias before a normalisation, moves by rounding alone.
        tolerance = ROUNDING * max(far, 0.1 * max(learned), 1e-3 * np.abs(a).max())
        np.testing.assert_allclose(b, a, rtol=0, atol=tolerance, err_msg=variable.path)
    assert replicated_logs == pytest.approx(logs, rel=ROUNDING, abs=1e-6)
    record_property("conformance", [(PASSED, "")])


def _trainable(model):
    """The ids of all weights that an optimizer trains."""
    networks = [fitting.trained_by(model, name) for name in fitting.optimizer_names(model)]
    return {id(v) for network in networks for v in network.trainable_variables}
