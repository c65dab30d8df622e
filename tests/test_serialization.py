"""`serializable` objects are values that travel in `.keras` files."""

import dataclasses
import json

import keras
import pytest
import tensorflow as tf

from tfgen.losses import Capacity
from tfgen.schedules import Cyclic, Warmup
from tfgen.serialization import serializable


@serializable
class Affine:
    factor: float
    offset: object = 0.0
    kind = "a class attribute, not a field"

    def __call__(self, x):
        return self.factor * x + self.offset


@keras.saving.register_keras_serializable(package="tests")
class Holder(keras.layers.Layer):
    """A layer that receives a serializable object, as models do."""

    def __init__(self, function, **kwargs):
        super().__init__(**kwargs)
        self.function = function

    def call(self, x):
        return self.function(x)

    def get_config(self):
        function = keras.saving.serialize_keras_object(self.function)
        return {**super().get_config(), "function": function}

    @classmethod
    def from_config(cls, config):
        function = keras.saving.deserialize_keras_object(config.pop("function"))
        return cls(function, **config)


def round_trip(value):
    """Through JSON, as in a `.keras` file."""
    config = json.loads(json.dumps(keras.saving.serialize_keras_object(value)))
    return keras.saving.deserialize_keras_object(config)


def test_the_config_is_the_fields():
    assert Affine(2.0, 1.0).get_config() == {"factor": 2.0, "offset": 1.0}
    assert Affine.from_config({"factor": 3.0}) == Affine(3.0)


def test_objects_are_values():
    assert Affine(2.0) == Affine(2.0) != Affine(3.0)
    assert len({Affine(2.0), Affine(2.0)}) == 1
    assert repr(Affine(2.0)) == "Affine(factor=2.0, offset=0.0)"
    with pytest.raises(dataclasses.FrozenInstanceError):
        Affine(2.0).factor = 3.0


def test_they_are_registered_under_the_package():
    assert keras.saving.get_registered_name(Affine) == "tfgen>Affine"


@pytest.mark.parametrize(
    "value",
    [
        Affine(2.0),
        Affine(2, None),
        Capacity(Warmup(5, end=25.0), weight=10.0),
        Capacity(Cyclic(7)),
        Affine(1.0, Affine(2.0, Warmup(3))),
        Affine(1.0, (0.0, 1.0)),
        Affine(1.0, ((1, "a"), (Affine(2.0, ()), None))),
    ],
    ids=str,
)
def test_nested_objects_come_back_equal(value):
    copy = round_trip(value)
    assert copy == value
    assert type(copy) is type(value)


def test_lists_are_kept_as_tuples():
    given = Affine(1.0, [1, [2, 3]])
    assert given == Affine(1.0, (1, (2, 3)))
    assert hash(given) == hash(round_trip(given))


def test_the_own_check_sees_tuples():
    @serializable
    class Ranged:
        range: tuple = (0, 1)

        def __post_init__(self):
            if self.range != (0, 1):
                raise ValueError(f"range={self.range}")

    assert round_trip(Ranged([0, 1])) == Ranged()
    with pytest.raises(ValueError, match=r"range=\(1, 2\)"):
        Ranged([1, 2])


def test_a_foreign_keras_object_may_be_a_field():
    schedule = keras.optimizers.schedules.PolynomialDecay(0.0, 10, 1.0)
    copy = round_trip(Capacity(schedule))
    assert copy.target.get_config() == schedule.get_config()


def test_a_saved_model_carries_them(tmp_path):
    model = keras.Sequential([keras.Input((2,)), Holder(Affine(2.0, 1.0))])
    model.save(tmp_path / "model.keras")
    copy = keras.models.load_model(tmp_path / "model.keras")
    assert copy.layers[-1].function == Affine(2.0, 1.0)
    assert copy(tf.ones([1, 2])).numpy().tolist() == [[3.0, 3.0]]
