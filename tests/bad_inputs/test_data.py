"""Data that a model can't learn from: one line, before the first step, whatever they come as."""

import functools

import keras
import numpy as np
import pytest
import tensorflow as tf
from bad_inputs.families import FAMILIES, compiled, good, one_line


class Batches(keras.utils.PyDataset):
    """Arrays as a PyDataset of batches of 4."""

    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return len(self.arrays[0]) // 4

    def __getitem__(self, index):
        return tuple(array[4 * index : 4 * index + 4] for array in self.arrays)


def _generator(*arrays):
    yield from (tuple(a[i : i + 4] for a in arrays) for i in range(0, len(arrays[0]), 4))


def _dataset(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(4)


def _shuffled(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays).shuffle(8).batch(4)


FORMS = {
    "arrays": lambda *arrays: arrays,
    "dataset": lambda *arrays: (_dataset(*arrays),),
    "shuffled": lambda *arrays: (_shuffled(*arrays),),
    "PyDataset": lambda *arrays: (Batches(*arrays),),
    "generator": lambda *arrays: (_generator(*arrays),),
}


def _with(value, x):
    x = x.astype(np.float32)
    x.reshape(len(x), -1)[:, 0] = value
    return x


# What is done to good data, and what the error says of it.
VALUES = {
    "NaN": (lambda x, y: (_with(np.nan, x), y), "NaN|dtype float32: expected integers"),
    "infinity": (lambda x, y: (_with(np.inf, x), y), "infinite|dtype float32: expected integers"),
    "0 to 255": (lambda x, y: (x * 255, y), "from .* to "),
    "below": (lambda x, y: (x - 9, y), "from .* to "),
}
FORMATS = {
    "shape": (lambda x, y: (x[:, :3], y), "of shape"),
    "rank": (lambda x, y: (x[..., None], y), "of shape"),
    "strings": (lambda x, y: (x.astype(str), y), "of dtype"),
    "complex": (lambda x, y: (x.astype(np.complex64), y), "of dtype complex64"),
}
LABELS = {
    "-1": (lambda y: y - 1, "from -1 to 1"),
    "3 of 3": (lambda y: y + 1, "from 1 to 3"),
    "1.5": (lambda y: y + 0.5, "the label 0.5"),
    "one-hot": (lambda y: np.eye(3)[y], "one-hot"),
    "strings": (lambda y: y.astype(str), "labels of dtype"),
}


@functools.cache
def _model(family):
    return compiled(FAMILIES[family]())


def _refused(family, match, *data, **arguments):
    model = _model(family)
    before = int(model.step)
    with pytest.raises(ValueError, match=match) as caught:
        model.fit(*data, verbose=0, **arguments)
    assert one_line(caught.value), caught.value
    assert int(model.step) == before


def _given(form, x, y):
    return FORMS[form](x) if y is None else FORMS[form](x, y)


@pytest.mark.parametrize("what", [*VALUES, *FORMATS])
@pytest.mark.parametrize("family", FAMILIES)
def test_examples_in_a_dataset(family, what):
    change, match = {**VALUES, **FORMATS}[what]
    _refused(family, match, *_given("dataset", *change(*good(_model(family)))))


@pytest.mark.parametrize("what", [*VALUES, *FORMATS])
@pytest.mark.parametrize("form", FORMS)
def test_examples_in_every_form(form, what):
    change, match = {**VALUES, **FORMATS}[what]
    for family in ("VAE", "GAN"):
        _refused(family, match, *_given(form, *change(*good(_model(family)))))


@pytest.mark.parametrize("what", LABELS)
@pytest.mark.parametrize("family", ["conditional VAE", "conditional GAN", "conditional prior"])
def test_labels(family, what):
    change, match = LABELS[what]
    x, y = good(_model(family))
    for form in ("arrays", "dataset"):
        _refused(family, match, *FORMS[form](x, change(y)))


@pytest.mark.parametrize("family", [name for name in FAMILIES if "conditional" in name])
def test_missing_labels(family):
    for form in ("arrays", "dataset"):
        _refused(family, "received no labels", *FORMS[form](good(_model(family))[0]))


@pytest.mark.parametrize("family", [name for name in FAMILIES if "conditional" not in name])
def test_surplus_labels(family):
    x = good(_model(family))[0]
    for form in ("arrays", "dataset"):
        _refused(family, "no classes", *FORMS[form](x, np.zeros(len(x), np.int32)))


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_to_learn_from(family):
    x, y = good(_model(family))
    _refused(family, "received None", None)
    _refused(family, "received 0 ", *(a[:0] for a in (x, y) if a is not None))
    _refused(family, "empty", _given("dataset", x, y)[0].take(0))


def test_validation_data_are_looked_at_before_the_first_epoch():
    x = good(_model("VAE"))[0]
    _refused("VAE", "validation_data", x, validation_data=(x * np.nan,))
    _refused("VAE", "values from", x, validation_data=(x * 255,))
    _refused("VAE", "values from", x, validation_data=_dataset(x * 255))
    _refused("VAE", "no classes", x, validation_data=(x, np.zeros(8, np.int32)))


COUNTS = {
    "batch_size": [0, -1, 1.5, "8", True],
    "steps_per_epoch": [0, -3, 2.5],
    "validation_steps": [0],
    "validation_batch_size": [0],
}


@pytest.mark.parametrize("name", COUNTS)
def test_numbers_of_fit(name):
    x = good(_model("VAE"))[0]
    for value in COUNTS[name]:
        _refused("VAE", f"{name}=", x, **{name: value})


@pytest.mark.parametrize(
    ("weights", "match"),
    [
        (-np.ones(8), "negative"),
        (np.full(8, np.nan), "negative or no finite"),
        (np.ones(7), "7"),
        (np.ones((8, 2)), "sample weights of shape"),
    ],
)
def test_sample_weights(weights, match):
    _refused("VAE", match, good(_model("VAE"))[0], sample_weight=weights)


@pytest.mark.parametrize("family", ["GAN", "VQGAN"])
def test_weights_of_fakes(family):
    _refused(family, "sample weights", good(_model(family))[0], sample_weight=np.ones(8))


@pytest.mark.parametrize("data", ["tuple", "dict", "list of arrays", "text"])
def test_what_is_no_array(data):
    x = good(_model("VAE"))[0]
    given = {"tuple": (x, x), "dict": {"image": x}, "list of arrays": [x, x], "text": "mnist"}
    _refused("VAE", "received", given[data])


def test_a_dataset_of_dictionaries():
    x = good(_model("VAE"))[0]
    _refused("VAE", "dict", tf.data.Dataset.from_tensor_slices({"image": x}).batch(4))


@pytest.mark.parametrize("dtype", ["uint8", "bool", "int64", "int32", "float16", "float64"])
@pytest.mark.parametrize("family", ["VAE", "IWAE", "GAN", "VQVAE", "VQGAN", "TokenGenerator"])
def test_dtypes_that_are_safe_are_cast(family, dtype):
    """Every dtype gives what float32 gives: nothing is scaled in silence."""
    model = _model(family)
    zeros = np.zeros((4, 8, 8, 1), dtype)
    model.takes.check_batch("fit", zeros)

    def logged(data):
        model.reset_metrics()
        model._seed_generator.state.assign([0, 0])
        return {name: float(value) for name, value in model.test_step(data).items()}

    assert logged(tf.constant(zeros)) == logged(tf.zeros([4, 8, 8, 1]))
