"""How many steps a model has taken, whatever optimizers it had."""

import keras
import numpy as np
import tensorflow as tf

_NAME = "steps"  # in saved files


class Steps:
    """Counts a model's steps: those of its present optimizer, and those before it came.

    So a schedule goes on where it was when `compile` brings a new optimizer. A file from before
    this was counted has none, and then the optimizer's count is the model's, as it was by then.

    It is no layer and no weight: `model.weights` and old files know nothing of it.
    """

    def __init__(self):
        self._before = keras.Variable(
            0, dtype="int64", trainable=False, aggregation="only_first_replica", name="steps_before"
        )

    def total(self, optimizer):
        """Return the steps taken, int64 scalar; `optimizer` may be None."""
        before = tf.convert_to_tensor(self._before)
        return before if optimizer is None else before + _taken(optimizer)

    def go_on_with(self, optimizer, total):
        """Let `optimizer` count on from `total`."""
        self._before.assign(int(total) - int(_taken(optimizer)))

    def save(self, store, optimizer):
        """Write the count to an open file of weights."""
        taken = -1 if optimizer is None else int(_taken(optimizer))
        store[_NAME] = np.array([int(self.total(optimizer)), taken], np.int64)

    def load(self, store, optimizer):
        """Read the count of a file whose optimizer, where it has one, will be restored next."""
        if _NAME not in store.keys():  # noqa: SIM118 - no mapping
            self._before.assign(0)
            return
        total, taken = (int(number) for number in np.asarray(store[_NAME]))
        if optimizer is None:
            taken = 0
        elif taken < 0:
            taken = int(_taken(optimizer))
        self._before.assign(total - taken)


def _taken(optimizer):
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return tf.cast(tf.convert_to_tensor(inner.iterations), tf.int64)
