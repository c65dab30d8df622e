"""What `fit` would see first, looked at before it begins."""

import numpy as np
import pytest
import tensorflow as tf

from tfgen.priors import CouplingFlow
from tfgen.training.first import first_examples

X = np.arange(40, dtype=np.float32).reshape(20, 2)
Y = np.arange(20) % 3


def dataset(*arrays):
    return tf.data.Dataset.from_tensor_slices(arrays if len(arrays) > 1 else arrays[0]).batch(8)


def model(num_classes=None):
    return CouplingFlow(2, layers=1, hidden=(2,), num_classes=num_classes)


@pytest.mark.parametrize("args, kwargs, expected", [
    ((X,), {}, 15),
    ((), {"x": X}, 15),
    ((dataset(X),), {}, 15),
    ((dataset(X).repeat(),), {"steps_per_epoch": 1}, 8),
    ((dataset(X).take(1),), {}, 8),
])  # fmt: skip
def test_the_first_examples_are_shown_and_no_more(args, kwargs, expected):
    found, labels = first_examples(model(), args, kwargs, most=15)
    np.testing.assert_array_equal(found, X[:expected])
    assert labels is None


@pytest.mark.parametrize("args", [(X, Y), (dataset(X, Y),)])
def test_labels_come_with_them(args):
    found, labels = first_examples(model(3), args, {}, most=15)
    np.testing.assert_array_equal(labels, Y[:15])
    assert len(found) == 15


def test_what_can_be_read_once_is_left_alone():
    parts = iter([X[:8], X[8:16]])
    generator = (part for part in parts)
    assert first_examples(model(), (generator,), {}, most=15) is None
    assert len(list(generator)) == 2


def test_bad_data_are_refused_here_already():
    wrong = X.copy()
    wrong[3] = np.inf
    with pytest.raises(ValueError, match="CouplingFlow.fit received latents with NaN or infinite"):
        first_examples(model(), (wrong,), {}, most=15)
    with pytest.raises(ValueError, match="received no labels"):
        first_examples(model(3), (X,), {}, most=15)
