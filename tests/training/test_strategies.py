"""Every family takes its steps under MirroredStrategy, and gives what it gives without."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from bad_inputs.families import FAMILIES, good


def _strategy(devices):
    """A strategy of so many devices; several of them may live in one process."""
    return tf.distribute.MirroredStrategy(
        [f"CPU:{i}" for i in range(devices)],
        cross_device_ops=tf.distribute.ReductionToOneDevice(),
    )


def _trained(family):
    keras.utils.set_random_seed(1)
    model = FAMILIES[family]()
    names = list(model.optimizer_targets) or ["optimizer"]
    # Plain descent: what is rounding stays as small as it is.
    model.compile(**{name: keras.optimizers.SGD(1e-2) for name in names}, run_eagerly=True)
    data = tuple(each for each in good(model, 8) if each is not None)
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(8)
    logs = model.fit(dataset, verbose=0).history
    return model, logs


@pytest.fixture(scope="module")
def alone():
    """What each family is after a step without a strategy, made once."""
    made = {}
    return lambda family: made.setdefault(family, _trained(family))


@pytest.mark.parametrize("devices", [1, 2])
@pytest.mark.parametrize("family", [f for f in FAMILIES if f != "conditional GAN"])
def test_a_step_of_every_family(family, devices, alone):
    model, logs = alone(family)
    with _strategy(devices).scope():
        other, others = _trained(family)
    assert int(other.step) == int(model.step) == 1
    assert set(logs) == set(others)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=2e-5, rtol=1e-4)
