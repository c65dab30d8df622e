"""Schedules against values worked out by hand, in graphs, saved, and with an optimizer's step."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen import schedules
from tfgen.schedules import Cyclic, Warmup

EVERY = [Warmup(10), Warmup(7, start=2.0, end=-1.0), Cyclic(8), Cyclic(10, 0.25, 0.5, 4.0)]
every = pytest.mark.parametrize("schedule", EVERY, ids=str)


def at(schedule, steps):
    return [float(schedule(step)) for step in steps]


def test_warmup_by_hand():
    assert at(Warmup(4), [0, 1, 2, 3, 4, 5, 10**9]) == [0, 0.25, 0.5, 0.75, 1, 1, 1]
    assert at(Warmup(4, start=10.0, end=2.0), [0, 1, 4, 9]) == [10, 8, 2, 2]


def test_cyclic_by_hand():
    assert at(Cyclic(4), range(9)) == [0, 0.5, 1, 1, 0, 0.5, 1, 1, 0]
    assert at(Cyclic(4, ratio=1.0), range(5)) == [0, 0.25, 0.5, 0.75, 0]
    assert at(Cyclic(8, ratio=0.25, start=1.0, end=3.0), [0, 1, 2, 7, 8]) == [1, 2, 3, 3, 1]


def test_cyclic_is_exact_beyond_the_integers_of_float32():
    schedule = Cyclic(1000)
    start = 10**12
    assert at(schedule, [start, start + 1, start + 250]) == at(schedule, [0, 1, 250])


@every
@pytest.mark.parametrize("dtype", [tf.int32, tf.int64])
@pytest.mark.parametrize("jit_compile", [False, True])
def test_graphs_give_float32_scalars_as_eager_does(schedule, dtype, jit_compile):
    compiled = tf.function(schedule, jit_compile=jit_compile)
    for step in (0, 3, 9, 25):
        got = compiled(tf.constant(step, dtype))
        assert got.dtype == tf.float32
        assert got.shape == []
        np.testing.assert_allclose(got, schedule(step), rtol=1e-6, atol=1e-7)


@every
def test_saving_returns_an_equal_schedule(schedule):
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(schedule)))
    assert keras.saving.deserialize_keras_object(config) == schedule


def test_schedules_advance_with_the_optimizer():
    optimizer = keras.optimizers.SGD(0.0)
    variable = keras.Variable(1.0)
    seen = []
    for _ in range(4):
        seen.append(float(schedules.value(Warmup(2), optimizer.iterations)))
        optimizer.apply([tf.constant(1.0)], [variable])
    assert seen == [0.0, 0.5, 1.0, 1.0]


def test_value_takes_numbers_schedules_and_any_callable():
    keras_schedule = keras.optimizers.schedules.PolynomialDecay(0.0, 10, 1.0)
    step = tf.constant(5, tf.int64)
    for weight, expected in [(3, 3.0), (0.25, 0.25), (Warmup(10), 0.5), (keras_schedule, 0.5)]:
        got = schedules.value(weight, step)
        assert got.dtype == tf.float32
        assert float(got) == expected


@pytest.mark.parametrize(
    "build",
    [lambda: Warmup(0), lambda: Cyclic(0), lambda: Cyclic(4, ratio=0.0), lambda: Cyclic(4, 1.5)],
)
def test_impossible_settings_are_refused(build):
    with pytest.raises(ValueError, match="received"):
        build()
