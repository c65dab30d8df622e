import numpy as np
import pytest
import tensorflow as tf

from tfgen import Endpoint


def _examples(count, seed):
    return {"x": np.zeros((count, 3), np.float32), "y": np.ones((count,), np.float32)}


def _weighted(x, y):
    return {"sum": tf.reduce_sum(x, axis=1) + 10.0 * y}


SPECS = {"x": tf.TensorSpec([None, 3]), "y": tf.TensorSpec([None])}


def test_inputs_go_by_name_whatever_their_order():
    endpoint = Endpoint(_weighted, SPECS, _examples)
    outputs = endpoint(y=tf.constant([2.0]), x=tf.constant([[1.0, 2.0, 3.0]]))
    assert {name: value.numpy().tolist() for name, value in outputs.items()} == {"sum": [26.0]}


def test_the_doc_is_the_first_line_of_the_functions_docstring():
    def doubled(x):
        """Double each row.

        And no more.
        """
        return {"x": 2 * x}

    assert Endpoint(doubled, {"x": SPECS["x"]}, _examples).doc == "Double each row."
    assert Endpoint(_weighted, SPECS, _examples).doc == ""


@pytest.mark.parametrize("names", [["x"], ["x", "y", "z"], ["x", "Y"]])
def test_wrong_names_are_refused(names):
    endpoint = Endpoint(_weighted, SPECS, _examples)
    with pytest.raises(ValueError, match=r"expected exactly \['x', 'y'\]"):
        endpoint(**dict.fromkeys(names, tf.zeros([1, 3])))


@pytest.mark.parametrize("shape", [[1, 3], [], None])
def test_a_first_axis_that_is_not_the_batch_is_refused(shape):
    with pytest.raises(ValueError, match="'x'.*first axis is the batch"):
        Endpoint(_weighted, {"x": tf.TensorSpec(shape)}, _examples)
