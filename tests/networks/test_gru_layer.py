import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen.networks.recurrent import GRULayer

BATCH, LENGTH, SIZE, WIDTH = 3, 6, 5, 4


@pytest.fixture
def layers():
    """The layer, and Keras's with its weights."""
    keras.utils.set_random_seed(0)
    own = GRULayer(WIDTH)
    own.build((None, LENGTH, SIZE))
    own.bias.assign(np.random.default_rng(0).normal(size=(2, 3 * WIDTH)))
    theirs = keras.layers.GRU(WIDTH, return_sequences=True, reset_after=True)
    theirs.build((None, LENGTH, SIZE))
    theirs.set_weights([own.kernel, own.recurrent, own.bias])
    return own, theirs


def given():
    noise = np.random.default_rng(1).normal(size=[2, BATCH, LENGTH, SIZE]).astype(np.float32)
    kept = np.array([[1, 1, 1, 1, 0, 0], [1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0]], np.float32)
    return tf.constant(noise[0]), tf.constant(noise[1, :, 0, :WIDTH]), tf.constant(kept)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("graph", [False, True])
def test_states_and_gradients_are_those_of_keras(layers, masked, graph):
    own, theirs = layers
    x, state, kept = given()
    kept = kept if masked else tf.ones_like(kept)
    mask = tf.cast(kept, bool)
    upstream = tf.random.stateless_normal([BATCH, LENGTH, WIDTH], [1, 2])

    def results(layer, weights, x, state, **names):
        with tf.GradientTape() as tape:
            tape.watch([x, state])
            states = layer(x, **{names["first"]: state, names["read"]: mask}) * kept[..., None]
            total = tf.reduce_sum(states * upstream)
        return [states, *tape.gradient(total, [x, state, *weights])]

    def of_own(x, state):
        weights = [own.kernel, own.recurrent, own.bias]
        return results(own, weights, x, state, first="state", read="kept")

    def of_theirs(x, state):
        names = {"first": "initial_state", "read": "mask"}
        return results(theirs, theirs.trainable_variables, x, state, **names)

    found, expected = ((tf.function(f) if graph else f)(x, state) for f in (of_own, of_theirs))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_a_state_stays_where_nothing_is_read(layers):
    own, _ = layers
    x, state, kept = given()
    states = own(x, state, kept).numpy()
    np.testing.assert_array_equal(states[0, 3], states[0, 5])
    np.testing.assert_array_equal(states[2, 0], states[2, 5])
    one, cache = own(x, state).numpy(), state
    for place in range(LENGTH):
        cache = own.step(x[:, place], cache)
        np.testing.assert_allclose(cache, one[:, place], atol=1e-6)
