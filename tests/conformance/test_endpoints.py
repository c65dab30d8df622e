"""What every family offers to the outside: by kind, row by row, and the same when served."""

import functools
import tempfile

import numpy as np
import tensorflow as tf
from conformance import fitting
from conformance.outcomes import PASSED, skip_unpromised
from conformance.table import every_row
from tfgen.export import to_saved_model, to_tflite

from tfgen import kinds, sampling
from tfgen.labels import in_turn


@functools.cache
def _served(row):
    """The SavedModel of a row, which is gone from the disk by the time it is returned."""
    with tempfile.TemporaryDirectory() as folder:
        return tf.saved_model.load(str(to_saved_model(fitting.fitted(row), folder)))


def _close(received, expected, message=""):
    """Equal where they are whole numbers, and up to rounding where they are not."""
    assert sorted(received) == sorted(expected)
    for name, array in expected.items():
        atol = 0 if np.issubdtype(array.dtype, np.integer) else 1e-5
        np.testing.assert_allclose(received[name], array, atol=atol, err_msg=f"{message} {name}")


@every_row
def test_outputs_name_their_kinds(row, record_property):
    model = fitting.fitted(row)
    own = (model.kind.plural, model.kind)
    assert set(row.endpoints) <= set(model.endpoints())
    for name, endpoint in model.endpoints().items():
        found = fitting.answers(endpoint, endpoint.examples(3, 0))
        assert set(endpoint.outputs) <= set(found), name
        assert endpoint.doc, f"{name} has no docstring, whose first line describes it"
        for output, array in found.items():
            kind = endpoint.outputs.get(output, kinds.Numbers())
            assert len(array) == 3 and kind.described(array.shape[1:])
            assert ((output, kind) == own) == (output == own[0]), f"{name}: {output} is {kind}"
            assert kind in (kinds.Numbers(), model.kind), f"{name}: {output} is {kind}"
    if model.kind != kinds.Numbers():
        shown = [endpoint.shown for endpoint in model.endpoints().values()]
        assert own in shown and {*shown} <= {own, None}
    record_property("conformance", [(PASSED, "")])


@every_row
def test_rows_do_not_know_each_other(row, record_property):
    differ = False  # a tokenizer of few steps may write the same tokens for all, its decoder not
    for name, endpoint in fitting.fitted(row).endpoints().items():
        inputs = endpoint.examples(6, 2)
        together = fitting.answers(endpoint, inputs)
        for rows in ([3], [5, 0]):
            apart = fitting.answers(endpoint, {key: array[rows] for key, array in inputs.items()})
            _close(apart, {key: array[rows] for key, array in together.items()}, name)
        differ |= any(np.any(array[:1] != array) for array in together.values())
    assert differ
    record_property("conformance", [(PASSED, "")])


@every_row
def test_the_saved_model_answers_as_keras_does(row, record_property):
    for name, endpoint in fitting.fitted(row).endpoints().items():
        inputs = endpoint.examples(5, 1)
        served = fitting.answers(_served(row).signatures[name], inputs)
        _close(served, fitting.answers(endpoint, inputs), name)
    record_property("conformance", [(PASSED, "")])


@every_row
def test_the_same_seed_is_the_same_example_everywhere(row, tmp_path, record_property):
    skip_unpromised(row, "seed")
    model = fitting.fitted(row)
    classes = {} if model.num_classes is None else {"label": in_turn(6, model.num_classes)}
    inputs = {"seed": sampling.seeds(7, 6).numpy(), **classes}
    drawn = model.sample(6, 7, *classes.values()).numpy()
    inputs = {**_defaults(model), **inputs}
    served = fitting.answers(_served(row).signatures["generate"], inputs)
    [path] = to_tflite(model, tmp_path, ["float32"], endpoints="generate")
    for found in (served, fitting.answers_of_file(path, "generate", inputs)):
        _close(found, dict.fromkeys(found, drawn))
    record_property("conformance", [(PASSED, "")])


def _defaults(model):
    """What a caller in Python may leave out of `generate`, such as truncation."""
    endpoint = model.endpoints()["generate"]
    return {
        name: np.full(6, value, endpoint.inputs[name].dtype.as_numpy_dtype)
        for name, value in endpoint.defaults.items()
    }
