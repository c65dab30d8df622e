"""What holds for every quantizer."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.quantizers import (
    FSQ,
    EMAQuantizer,
    Projected,
    ResidualQuantizer,
    ScalarQuantizer,
    VectorQuantizer,
    rotation_trick,
)

QUANTIZERS = {
    "vectors": lambda: VectorQuantizer(6, 3),
    "vectors-cosine": lambda: VectorQuantizer(6, 3, cosine=True, gradient=rotation_trick),
    "ema": lambda: EMAQuantizer(6, 3),
    "ema-cosine": lambda: EMAQuantizer(6, 3, cosine=True, gradient=rotation_trick),
    "fsq": lambda: FSQ((3, 2, 4)),
    "scalars": lambda: ScalarQuantizer(4, 3),
    "residual": lambda: ResidualQuantizer([EMAQuantizer(6, 3), VectorQuantizer(6, 3)]),
    "residual-fsq": lambda: ResidualQuantizer(
        [FSQ((5, 5, 5)), FSQ((5, 5, 5), scale=0.25, squash=False)]
    ),
    "projected": lambda: Projected(EMAQuantizer(6, 2, cosine=True), input_dim=3),
}
every_quantizer = pytest.mark.parametrize("name", QUANTIZERS)


def vectors(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def learned(name, x):
    """The quantizer after two batches."""
    keras.utils.set_random_seed(0)
    quantizer = QUANTIZERS[name]()
    quantizer(x, training=True)
    quantizer(x, training=True)
    return quantizer


@every_quantizer
@pytest.mark.parametrize("shape", [(4, 5), (4, 2, 3)])
def test_codes_are_those_of_the_indices(name, shape):
    x = vectors(*shape, 3)
    quantizer = learned(name, x)
    codes, indices, loss = quantizer(x)
    assert codes.shape == x.shape and indices.dtype == tf.int32
    assert tuple(indices.shape[1:]) == quantizer.index_shape(x.shape[1:])
    assert loss.shape == (4,) and np.all(loss >= 0)
    np.testing.assert_array_equal(codes, quantizer.lookup(indices))
    assert np.min(indices) >= 0 and np.max(indices) < quantizer.codebook_size
    assert len(np.unique(indices)) > 1


@every_quantizer
def test_loss_of_an_example_does_not_depend_on_the_others(name):
    x = vectors(6, 4, 3)
    quantizer = learned(name, x)
    np.testing.assert_allclose(quantizer(x).loss[:2], quantizer(x[:2]).loss, rtol=1e-5, atol=1e-6)


@every_quantizer
def test_float32_inside_under_a_mixed_policy(name):
    x = vectors(4, 5, 3)
    expected = learned(name, x)(x)
    keras.config.set_dtype_policy("mixed_bfloat16")
    mixed = learned(name, x)
    assert {variable.dtype for variable in mixed.weights} <= {"float32", "int64"}
    received = mixed(x)
    assert received.codes.dtype == tf.float32
    np.testing.assert_array_equal(received.codes, expected.codes)


@every_quantizer
def test_config_and_weights_give_the_same_quantizer(name):
    x = vectors(4, 5, 3)
    quantizer = learned(name, x)
    config = keras.saving.serialize_keras_object(quantizer)
    copy = keras.saving.deserialize_keras_object(config)
    copy.set_weights(quantizer.get_weights())
    for _ in range(2):  # what follows depends on the state too
        for a, b in zip(quantizer(x, training=True), copy(x, training=True), strict=True):
            np.testing.assert_array_equal(a, b)


@every_quantizer
def test_gradient_reaches_the_inputs(name):
    x = tf.constant(vectors(4, 5, 3))
    quantizer = learned(name, x)
    with tf.GradientTape() as tape:
        tape.watch(x)
        loss = tf.reduce_sum(quantizer(x).codes * vectors(4, 5, 3, seed=1))
    gradient = tape.gradient(loss, x)
    assert np.isfinite(gradient).all() and np.all(np.abs(gradient).max(axis=-1) > 0)


@every_quantizer
def test_bad_inputs_and_indices(name):
    quantizer = QUANTIZERS[name]()
    with pytest.raises(ValueError, match=r"\(8, 7, 4\): the last axis must equal code_dim"):
        quantizer(np.zeros([8, 7, 4], np.float32))
    quantizer(vectors(2, 5, 3))
    shape = (2, 5, quantizer.stages) if quantizer.stages > 1 else (2, 5)
    with pytest.raises(ValueError, match="received indices from 0 to"):
        quantizer.lookup(np.zeros(shape, np.int32) + [[[0]], [[quantizer.codebook_size]]]
                         if quantizer.stages > 1 else [[0], [quantizer.codebook_size]])  # fmt: skip
    with pytest.raises(ValueError, match="received indices from -1 to"):
        quantizer.lookup(np.full(shape, -1))


@every_quantizer
def test_two_replicas_learn_what_one_does(name, two_replicas):
    batches = [vectors(8, 3, 3, seed=i) * (1 + i) for i in range(4)]

    def run(quantizer, step):
        for batch in batches:
            outputs = step(batch)
        return [np.asarray(w) for w in quantizer.weights], outputs

    keras.utils.set_random_seed(0)
    one = QUANTIZERS[name]()
    one.build((None, 3, 3))
    weights, outputs = run(one, tf.function(lambda x: tuple(one(x, training=True))))
    with two_replicas.scope():
        keras.utils.set_random_seed(0)
        two = QUANTIZERS[name]()
        two.build((None, 3, 3))

    @tf.function
    def replicated(x):
        parts = [x[:5], x[5:]]  # uneven
        x = two_replicas.experimental_distribute_values_from_function(
            lambda context: parts[context.replica_id_in_sync_group]
        )
        results = two_replicas.run(lambda x: tuple(two(x, training=True)), args=(x,))
        return [
            tf.concat(two_replicas.experimental_local_results(result), axis=0) for result in results
        ]

    two_weights, two_outputs = run(two, replicated)
    for a, b in zip(weights, two_weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=1e-6)
    for a, b in zip(outputs, two_outputs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)
    for variable in two.weights:
        a, b = two_replicas.experimental_local_results(variable.value)
        np.testing.assert_array_equal(a, b)
