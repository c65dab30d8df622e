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
    """A model after four steps, where its weights began, and what was logged."""
    model = fitting.built(row, _descent)
    start = [np.array(v) for v in model.weights]
    fitting.fit(model, row, COUNT)
    return model, start, fitting.fit(model, row, COUNT)


@every_row
def test_two_replicas_give_the_weights_of_one(row, two_replicas, record_property):
    skip_unpromised(row, "replicas")
    one, start, logs = _trained(row)
    with two_replicas.scope():
        two, _, replicated_logs = _trained(row)
    trained, unmoved = {id(v) for v in one.trainable_variables}, fitting.unmoved(one, row)
    for a, b, began in zip(one.weights, two.weights, start, strict=True):
        expected, received = np.array(a), np.array(b)
        moved = np.abs(expected - began).max()
        tolerance = ROUNDING * max(moved, 1e-3 * np.abs(expected).max())
        np.testing.assert_allclose(received, expected, rtol=0, atol=tolerance, err_msg=a.path)
        assert moved > 0 or id(a) not in trained or id(a) in unmoved, a.path
    assert replicated_logs == pytest.approx(logs, rel=ROUNDING, abs=1e-6)
    record_property("conformance", [(PASSED, "")])
