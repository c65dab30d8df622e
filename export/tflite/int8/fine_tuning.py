"""Teaches a network to live with the rounding of int8, before it is converted.

The float network is the teacher: on the same inputs, the rounded one is to give the same outputs.
Nothing but inputs is needed: no data, no labels, no discriminator. What is trained are the weights
and the ends of the activations' ranges.

Reference: Jacob et al. 2018, arXiv 1712.05877, section 3, for training with simulated quantization;
Hinton et al. 2015, arXiv 1503.02531, for a teacher's outputs as the target.
"""

import keras
import numpy as np
import tensorflow as tf
from tfgen.export.tflite.file.parsed import parsed, serialized
from tfgen.export.tflite.int8.ranges import align_leaky, set_range
from tfgen.export.tflite.int8.student import Student

ROWS = 1024  # of inputs to train on; a quarter of them judges
_BATCH = 32
_RATES = (1e-4, 1e-2)  # of Adam, in shares of a weight's size: for good weights, and for bad ones


class Practice:
    """What int8 networks are fine-tuned on, and what came of it.

    Args:
        rows: `{endpoint: {input: array}}` to train and judge on.
        steps: number of updates at each of two learning rates.
    """

    def __init__(self, rows, steps):
        self.rows, self._steps = rows, steps
        self._learned = {}  # {weights before: (weights after, ranges)}: signatures share weights

    def refined(self, calibrated, batches):
        """Return a calibrated float TFLite file with weights and ranges that bear rounding better.

        Weights that were refined before come out the same again. All stays as it is where training
        does not help on inputs held back.

        Args:
            calibrated: the bytes of the file, with ranges.
            batches: list of `{input: array}`, what the network sees of `rows`.

        Raises:
            ValueError: as `Student` does.
        """
        file = parsed(calibrated)
        student = Student(file)
        places = list(student.weights_by_buffer())
        key = tuple(bytes(file.buffers[place].data) for place in places)
        if key not in self._learned:
            better = _distil(student, Student(file, rounded=False), _joined(batches), self._steps)
            self._learned[key] = (student.weights_by_buffer(), student.ranges()) if better else None
        if self._learned[key] is None:
            return calibrated
        weights, ranges = self._learned[key]
        for place, weight in zip(places, weights.values(), strict=True):
            file.buffers[place].data = np.frombuffer(weight.tobytes(), np.uint8)
        _set_ranges(file.subgraphs[0], student.ranges(), ranges)
        align_leaky(file, file.subgraphs[0])
        return serialized(file)


def _set_ranges(graph, own, learned):
    """Give the tensors of `own` ranges the learned ones, in order; not those of another network."""
    if len(own) == len(learned):
        for index, (low, high) in zip(own, learned.values(), strict=True):
            set_range(graph.tensors[index], low, high)


def _joined(batches):
    return {name: np.concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _distil(student, teacher, inputs, steps):
    """Train the student on the teacher's outputs; return whether it learned anything.

    It keeps the weights that did best on the last quarter of the inputs.
    """
    targets = teacher.predict(inputs, batch_size=_BATCH, verbose=0)
    rows = len(next(iter(inputs.values())))
    data = tf.data.Dataset.from_tensor_slices((inputs, targets))
    practice = data.take(rows * 3 // 4).shuffle(rows, seed=0).repeat().batch(_BATCH)
    exam = data.skip(rows * 3 // 4).batch(_BATCH)
    start = student.get_weights()
    student.compile(loss="mse")
    best, kept = student.evaluate(exam, verbose=0), None
    for rate in _RATES:
        student.set_weights(start)
        schedule = keras.optimizers.schedules.CosineDecay(rate, steps)
        student.compile(keras.optimizers.Adam(schedule), loss="mse")
        student.fit(practice, steps_per_epoch=steps, verbose=0)
        if (loss := student.evaluate(exam, verbose=0)) < best:
            best, kept = loss, student.get_weights()
    student.set_weights(start if kept is None else kept)
    return kept is not None
