import keras
import numpy as np
import pytest
import tensorflow as tf
from models import compiled, small_conv_vae, small_vae

import tfgen
from tfgen.data.epochs import epochs
from tfgen.training import GenerativeModel

MODELS = {
    "vae": small_vae,
    "conditional": lambda: small_vae(num_classes=10),
    "iwae": lambda: small_vae(tfgen.IWAE, num_samples=3),
    "conv": small_conv_vae,
}


def dataset(images, model, batch_size):
    labels = np.arange(len(images), dtype=np.int32) % 10
    arrays = (images, labels) if model.num_classes else images
    return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)


def trained(make, images, batch_size=32, epochs=1, **arguments):
    keras.utils.set_random_seed(1)
    model = compiled(make(), **arguments)
    model.fit(dataset(images, model, batch_size), epochs=epochs, verbose=0)
    return model


def assert_same_weights(model, other, tolerance=0.0):
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, atol=tolerance, rtol=0)


def test_two_replicas_with_several_steps_per_execution(digits, two_replicas):
    one = trained(small_vae, digits[:160])
    with two_replicas.scope():
        two = trained(small_vae, digits[:160], steps_per_execution=3)
    assert_same_weights(one, two, tolerance=2e-6)


def test_replicas_log_and_validate_what_one_does(digits, two_replicas):
    def logs():
        keras.utils.set_random_seed(1)
        model = compiled(small_vae())
        data = dataset(digits[:100], model, 32)
        history = model.fit(data, validation_data=data, verbose=0).history
        return {name: values[0] for name, values in history.items()}

    one = logs()
    with two_replicas.scope():
        two = logs()
    assert set(one) == {f"{v}{n}" for v in ("", "val_") for n in (
        "loss", "distortion", "rate", "elbo", "active_units")}  # fmt: skip
    assert two == pytest.approx(one, rel=1e-5)


class Sums(GenerativeModel):
    """Logs the sum of its data over an epoch, without learning."""

    def __init__(self):
        super().__init__({"loss": keras.metrics.Sum(name="loss")})
        self.built = True

    def train_step(self, data):
        return self.track(loss=tf.cast(data, tf.float32))


@pytest.mark.parametrize("steps_per_execution", [1, 3, 4])
def test_every_epoch_is_one_pass_and_the_next_fit_goes_on(steps_per_execution):
    model = Sums()
    model.compile(steps_per_execution=steps_per_execution)
    passes = epochs(lambda epoch: tf.data.Dataset.from_tensors(epoch + 1).repeat(6), batches=6)
    sums = [model.fit(passes, epochs=n, verbose=0).history["loss"] for n in (1, 2)]
    assert sums == [[6.0], [12.0, 18.0]]


def test_random_state_is_saved_with_the_weights(digits, tmp_path):
    model = trained(small_vae, digits[:64])
    model.save_weights(tmp_path / "state.weights.h5")
    expected = model.row_seeds(3).numpy()
    other = compiled(small_vae())
    other.load_weights(tmp_path / "state.weights.h5")
    np.testing.assert_array_equal(other.row_seeds(3), expected)
    assert (other.row_seeds(3).numpy() != expected).any()


def test_loss_is_the_mean_over_the_batch_whatever_its_size(digits):
    """Ten copies of an image pull like one: the gradient is a mean, not a sum."""

    def gradients(count):
        model = small_vae()
        model.compile(keras.optimizers.SGD(1.0))
        model.row_seeds = lambda n: tfgen.sampling.seeds(1, n) * [[1, 0]]  # equal noise everywhere
        before = [w.numpy() for w in model.trainable_variables]
        model.fit(np.repeat(digits[:1], count, 0), batch_size=count, verbose=0)
        return [w.numpy() - old for w, old in zip(model.trainable_variables, before, strict=True)]

    keras.utils.set_random_seed(1)
    one = gradients(1)
    keras.utils.set_random_seed(1)
    for a, b in zip(one, gradients(10), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_jit_and_graph_draw_the_same_noise(digits):
    plain = trained(small_vae, digits[:64], jit_compile=False)
    jitted = trained(small_vae, digits[:64], jit_compile=True)
    assert_same_weights(plain, jitted, tolerance=1e-4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_logs_float32(policy, digits, two_replicas):
    keras.config.set_dtype_policy(policy)
    with two_replicas.scope():
        model = compiled(small_conv_vae())
        history = model.fit(dataset(digits, model, 32), epochs=3, verbose=0).history
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (policy == "mixed_float16")
    assert history["loss"][-1] < history["loss"][0]
    assert int(model.step) > 0
    assert model.decode(np.zeros([2, 4], np.float32)).log_prob(digits[:2]).dtype == tf.float32


def test_regularizers_count_once_on_any_number_of_replicas(digits, two_replicas):
    def make():
        model = small_vae()
        model.decoder.get_layer("outputs").kernel.regularizer = keras.regularizers.L2(0.1)
        return model

    plain, one = trained(small_vae, digits[:64]), trained(make, digits[:64])
    with two_replicas.scope():
        two = trained(make, digits[:64])
    assert_same_weights(one, two, tolerance=2e-6)
    assert np.abs(plain.get_weights()[-2] - one.get_weights()[-2]).max() > 1e-4


def weighed(images, weights):
    """A model that learned images by these weights, how it moved, and its loss before."""
    keras.utils.set_random_seed(1)
    model = small_vae()
    model.compile(keras.optimizers.SGD(1e-2), run_eagerly=True)
    model.row_seeds = lambda count: tfgen.sampling.seeds(1, count)  # equal noise in all steps
    given = {"sample_weight": np.array(weights), "batch_size": len(images), "verbose": 0}
    loss = model.evaluate(images, return_dict=True, **given)["loss"]
    before = model.get_weights()
    model.fit(images, shuffle=False, **given)
    moved = [new - old for new, old in zip(model.get_weights(), before, strict=True)]
    return np.concatenate([np.ravel(array) for array in moved]), loss


def test_sample_weights_scale_the_loss_of_their_examples(digits):
    """By plain descent a step is linear in the weights, and divided by the number of examples."""
    (first, loss), (second, other) = weighed(digits[:2], [1, 0]), weighed(digits[:2], [0, 1])
    both, sum_of_losses = weighed(digits[:2], [3.0, 0.5])
    assert np.abs(first - second).max() > 1e-3
    np.testing.assert_allclose(both, 3.0 * first + 0.5 * second, atol=1e-5)
    assert sum_of_losses == pytest.approx(3.0 * loss + 0.5 * other, rel=1e-5)


def test_optimizer_from_outside_the_scope_is_refused(two_replicas):
    optimizer = keras.optimizers.Adam()
    with two_replicas.scope():
        model = small_vae()
        with pytest.raises(ValueError, match="optimizer=Adam made outside the strategy's scope"):
            model.compile(optimizer)


def test_compile_refuses_losses_of_others():
    with pytest.raises(ValueError, match="defines its own loss and metrics"):
        small_vae().compile("adam", loss="mse")


def test_model_without_objective_says_so(digits):
    model = GenerativeModel({"loss": keras.metrics.Mean()})
    with pytest.raises(NotImplementedError, match="neither objective nor train_step"):
        model.objective(digits, None, training=True)


@keras.saving.register_keras_serializable(package="tests")
class TwoOptimizers(GenerativeModel):
    """The smallest model with two optimizers: each pulls its own network towards the data."""

    optimizer_targets = {"a_optimizer": "a", "b_optimizer": "b"}

    def __init__(self, **kwargs):
        super().__init__({"loss": keras.metrics.Mean()}, **kwargs)
        self.a = tfgen.networks.mlp((64,), (1,), hidden=(4,), name="a")
        self.b = tfgen.networks.mlp((64,), (1,), hidden=(4,), name="b")
        self.built = True

    def call(self, x):
        return self.a(x) + self.b(x)

    def train_step(self, data):
        x = tf.reshape(data, [-1, 64])
        noise = tfgen.sampling.normal(self.row_seeds(tf.shape(x)[0]), (1,))
        for network, optimizer in ((self.a, self.a_optimizer), (self.b, self.b_optimizer)):
            with tf.GradientTape() as tape:
                loss = tf.reduce_sum((network(x) - noise - 1.0) ** 2, axis=-1)
            self.minimize(optimizer, tape, loss, network.trainable_variables)
        return self.track(loss=loss)


def two_optimizers(**arguments):
    model = TwoOptimizers()
    a, b = keras.optimizers.SGD(0.1, momentum=0.9), keras.optimizers.Adam(1e-2)
    model.compile(a_optimizer=a, b_optimizer=b, **arguments)
    return model


def test_two_optimizers_reload_and_replicas(digits, two_replicas, tmp_path):
    data = tf.data.Dataset.from_tensor_slices(digits[:64]).batch(32)
    keras.utils.set_random_seed(1)
    model = two_optimizers()
    model.fit(data, verbose=0)
    model.save(tmp_path / "model.keras")
    reloaded = keras.models.load_model(tmp_path / "model.keras")
    assert int(reloaded.step) == 2
    for m in (model, reloaded):
        m.fit(data, verbose=0)
    assert_same_weights(model, reloaded)
    with two_replicas.scope():
        keras.utils.set_random_seed(1)
        replicated = two_optimizers()
        replicated.fit(data, epochs=2, verbose=0)
    assert_same_weights(model, replicated, tolerance=2e-6)


def test_two_optimizers_need_both():
    with pytest.raises(ValueError, match="takes a_optimizer, b_optimizer"):
        TwoOptimizers().compile("adam")
