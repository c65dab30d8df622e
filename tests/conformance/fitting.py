"""Models of the table compiled, fitted and looked at."""

import functools

import keras
import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

BATCH_SIZE = 32


def optimizer_names(model):
    """The optimizers that a model is compiled with."""
    return list(model.optimizer_targets) or ["optimizer"]


def trained_by(model, optimizer):
    """What an optimizer trains: one of the model's networks, or all of it."""
    return getattr(model, model.optimizer_targets.get(optimizer, ""), model)


def adam():
    """Adam that makes no steps of gradients that are nothing but rounding."""
    return keras.optimizers.Adam(1e-2, epsilon=1e-3)


def built(row, make_optimizer=adam, seed=1, **arguments):
    """A model of the row, compiled; eagerly, for tracing takes longer than a few steps do.

    `make_optimizer` makes each optimizer, or is a dict of such functions by name.
    """
    keras.utils.set_random_seed(seed)
    model = row.build()
    makers = make_optimizer
    if not isinstance(makers, dict):
        makers = dict.fromkeys(optimizer_names(model), make_optimizer)
    model.compile(**{name: make() for name, make in makers.items()}, **{"run_eagerly": True,
                                                                        **arguments})  # fmt: skip
    return model


def dataset(row, count=64):
    """Batches of 32 of the row's data: the last one may be smaller."""
    arrays = tuple(array[:count] for array in row.data())
    data = arrays if len(arrays) > 1 else arrays[0]
    return tf.data.Dataset.from_tensor_slices(data).batch(BATCH_SIZE)


def fit(model, row, count=64, **arguments):
    """Train one epoch; return what was logged last."""
    history = model.fit(dataset(row, count), verbose=0, **arguments).history
    return {name: values[-1] for name, values in history.items()}


@functools.cache
def fitted(row):
    """A model after a few steps, for checks that leave it be: statistics are not 0 and 1."""
    model = built(row, seed=0)
    row.prepare(model, row.data())
    fit(model, row, epochs=2)
    return model


def unmoved(model, row):
    """`{id of a weight: why it stays}`."""
    return {
        id(v): f"{row.name}, {network}, {path}: {reason}"
        for (network, path), reason in row.unmoved.items()
        for v in getattr(model, network).weights
        if v.path == path
    }


def answers(endpoint, inputs):
    """The outputs of an endpoint or a signature, as arrays by name."""
    outputs = endpoint(**{name: tf.constant(array) for name, array in inputs.items()})
    return {name: output.numpy() for name, output in outputs.items()}


def all_answers(model, count=4, seed=5):
    """The answers of every endpoint to its own examples."""
    return {
        name: answers(endpoint, endpoint.examples(count, seed))
        for name, endpoint in model.endpoints().items()
    }


def answers_of_file(path, name, inputs):
    """The outputs of a TFLite file's signature, row by row."""
    runner = Interpreter(str(path)).get_signature_runner(name)
    count = len(next(iter(inputs.values())))
    rows = [runner(**{k: v[i : i + 1] for k, v in inputs.items()}) for i in range(count)]
    return {output: np.concatenate([row[output] for row in rows]) for output in rows[0]}


def state(model):
    """All that a training depends on: weights, optimizers, and the random state of every layer."""
    optimizers = [getattr(model, name) for name in optimizer_names(model)]
    random = [g.state for layer in model._flatten_layers() for g in layer._seed_generators]
    variables = [*model.weights, *(v for optimizer in optimizers for v in optimizer.variables)]
    return [np.array(v) for v in (*variables, *random)]


def assert_same(one, other):
    """Assert that nested structures of arrays are equal to the bit."""
    tf.nest.assert_same_structure(one, other)
    for a, b in zip(tf.nest.flatten(one), tf.nest.flatten(other), strict=True):
        np.testing.assert_array_equal(a, b)
