"""Keras's habits on every family: with one optimizer, and with two."""

import subprocess
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from bad_inputs.families import FAMILIES, compiled, good
from gans import points, points_gan
from models import IMAGE_SHAPE, small_vae

import tfgen
from tfgen import likelihoods, losses, networks, schedules
from tfgen.training import GenerativeModel

THREE = ("VAE", "GAN", "VQVAE")
MONITOR = {"VAE": "loss", "GAN": "d_loss", "VQVAE": "loss"}


def _optimizers(model, **settings):
    names = list(model.optimizer_targets) or ["optimizer"]
    return {name: keras.optimizers.Adam(1e-2, **settings) for name in names}


def _rates(gan):
    return [float(gan.d_optimizer.learning_rate), float(gan.g_optimizer.learning_rate)]


# ------------------------------------------------------------------ callbacks


@pytest.mark.parametrize("family", THREE)
def test_callbacks_of_keras(family, tmp_path):
    model = FAMILIES[family]()
    model.compile(**_optimizers(model, use_ema=True), run_eagerly=True)
    x, _ = good(model)
    each, monitor = keras.callbacks, MONITOR[family]
    history = model.fit(
        x,
        epochs=2,
        verbose=0,
        callbacks=[
            each.LearningRateScheduler(lambda epoch, rate: rate / 2),
            each.ReduceLROnPlateau(monitor, 0.5, 1, mode="min", min_delta=1e9),
            each.SwapEMAWeights(),
            each.ModelCheckpoint(tmp_path / "best.keras", monitor, mode="min"),
            each.EarlyStopping(monitor, patience=5, mode="min", restore_best_weights=True),
            each.TerminateOnNaN(),
            each.TensorBoard(tmp_path / "logs", write_graph=False),
            each.CSVLogger(tmp_path / "log.csv"),
        ],
    ).history
    assert history["learning_rate"] == pytest.approx([5e-3, 2.5e-3])
    assert float(model.optimizer.learning_rate) == pytest.approx(1.25e-3)
    assert len((tmp_path / "log.csv").read_text().splitlines()) == 3
    assert keras.models.load_model(tmp_path / "best.keras").get_weights()


def test_both_rates_follow_in_their_proportion():
    gan = points_gan()
    gan.compile(d_optimizer=keras.optimizers.SGD(0.4), g_optimizer=keras.optimizers.SGD(0.1))
    for rate, expected in ((0.2, [0.2, 0.05]), (0.0, [0.0, 0.0]), (0.4, [0.4, 0.1])):
        gan.optimizer.learning_rate = rate
        assert _rates(gan) == pytest.approx(expected)


@pytest.mark.parametrize("averaging", ["d_optimizer", "g_optimizer", "both"])
def test_averages_of_several_optimizers_are_written_back(averaging):
    def trained(**settings):
        keras.utils.set_random_seed(1)
        gan = points_gan()
        made = {
            name: keras.optimizers.SGD(0.1, **(settings if averaging in (name, "both") else {}))
            for name in ("d_optimizer", "g_optimizer")
        }
        gan.compile(**made, run_eagerly=True)
        gan.fit(points(8), batch_size=4, verbose=0, shuffle=False)
        return gan

    plain, averaged = trained(), trained(use_ema=True, ema_momentum=0.5)
    for name, network in GAN_NETWORKS.items():
        optimizer, network = getattr(averaged, name), getattr(averaged, network)
        if optimizer.use_ema:
            pairs = zip(network.trainable_variables, optimizer._model_variables_moving_average,
                        strict=True)  # fmt: skip
            for variable, average in pairs:
                np.testing.assert_array_equal(variable, average)
        other = getattr(plain, GAN_NETWORKS[name])
        same = all(np.array_equal(a, b) for a, b in
                   zip(network.get_weights(), other.get_weights(), strict=True))  # fmt: skip
        assert same != bool(optimizer.use_ema)


GAN_NETWORKS = tfgen.GAN.optimizer_targets

# ------------------------------------------------------------------ steps


def test_schedules_go_on_after_a_recompile_and_a_reload(digits, tmp_path):
    vae = small_vae(beta=schedules.Warmup(10))
    for steps in (2, 4):
        vae.compile("adam", run_eagerly=True)
        vae.fit(digits[:32], batch_size=16, verbose=0)
        assert int(vae.step) == steps
    vae.save(tmp_path / "vae.keras")
    again = keras.models.load_model(tmp_path / "vae.keras")
    bare = keras.models.load_model(tmp_path / "vae.keras", compile=False)
    assert int(again.step) == int(bare.step) == 4
    assert int(again.optimizer.iterations) == 2
    bare.compile("sgd")
    assert int(bare.step) == 4
    vae.save_weights(tmp_path / "vae.weights.h5")
    fresh = small_vae()
    fresh.compile("adam")
    fresh.load_weights(tmp_path / "vae.weights.h5")
    assert int(fresh.step) == 4


def test_files_that_count_no_steps_take_the_optimizers_count(digits, tmp_path, monkeypatch):
    vae = small_vae()
    vae.compile("adam", run_eagerly=True)
    vae.fit(digits[:48], batch_size=16, verbose=0)
    monkeypatch.setattr(type(vae._steps), "save", lambda *arguments: None)
    vae.save(tmp_path / "old.keras")
    assert int(keras.models.load_model(tmp_path / "old.keras").step) == 3


# ------------------------------------------------------------------ networks of one's own


@keras.saving.register_keras_serializable(package="tests")
class Own(keras.Model):
    """A subclassed network of two layers."""

    def __init__(self, units, shape=None, **kwargs):
        super().__init__(**kwargs)
        self.units, self.shape = units, shape
        self.first, self.last = keras.layers.Dense(4, "relu"), keras.layers.Dense(units)

    def call(self, x, training=False):
        y = self.last(self.first(keras.ops.reshape(x, (keras.ops.shape(x)[0], -1))))
        return y if self.shape is None else keras.ops.reshape(y, (-1, *self.shape))

    def get_config(self):
        return {"units": self.units, "shape": self.shape}


def test_subclassed_networks_train_in_a_gan(tmp_path):
    gan = tfgen.GAN(Own(2), Own(1), 3, losses.hinge, [losses.r1(0.1)], ema_half_life=100)
    compiled(gan).fit(points(8), batch_size=4, verbose=0)
    gan.save(tmp_path / "gan.keras")
    again = keras.models.load_model(tmp_path / "gan.keras")
    np.testing.assert_array_equal(again.sample(3), gan.sample(3))


def test_subclassed_networks_train_in_a_vae(digits):
    vae = tfgen.VAE(Own(6), Own(64, IMAGE_SHAPE), likelihoods.Bernoulli(), 3)
    compiled(vae).fit(digits[:16], batch_size=8, verbose=0)
    assert vae.sample(2).shape == (2, *IMAGE_SHAPE)


def test_a_vqvae_says_how_to_wrap_a_subclassed_network():
    decoder = networks.grid_decoder(2, IMAGE_SHAPE, width=4)
    with pytest.raises(ValueError, match="keras.Model\\(x, network\\(x\\)\\)"):
        tfgen.VQVAE(Own(2), decoder, tfgen.quantizers.FSQ((3, 3)), likelihoods.Bernoulli())


# ------------------------------------------------------------------ terms


class WithTerm(tfgen.VAE):
    """Logs one more term."""

    def objective(self, examples, labels, training):
        loss, terms = super().objective(examples, labels, training)
        return loss, {**terms, "doubled": 2.0 * loss}


def _with_term():
    vae = small_vae(WithTerm)
    vae.compile("sgd")
    return vae


def test_a_term_of_a_subclass_is_logged(digits):
    vae = _with_term()
    validation = (digits[32:64],)
    logs = vae.fit(digits[:32], validation_data=validation, verbose=0, epochs=2).history
    for before in ("", "val_"):
        expected = [2 * loss for loss in logs[f"{before}loss"]]
        assert logs[f"{before}doubled"] == pytest.approx(expected, rel=1e-5)
    fresh = _with_term()
    assert "doubled" in fresh.evaluate(digits[:32], verbose=0, return_dict=True)
    assert "doubled" in _with_term().train_on_batch(digits[:8], return_dict=True)


def test_a_term_of_a_subclass_is_logged_by_replicas(digits, two_replicas):
    with two_replicas.scope():
        vae = _with_term()
        logs = vae.fit(digits[:32], batch_size=16, verbose=0).history
    assert logs["doubled"] == pytest.approx([2 * logs["loss"][0]], rel=1e-5)


class Scalar(GenerativeModel):
    """Reduces its loss, which is a mistake."""

    def __init__(self):
        super().__init__({"loss": keras.metrics.Mean(name="loss")})
        self.layer = keras.layers.Dense(1)
        self.layer.build((None, 2))
        self.built = True

    def objective(self, examples, labels, training):
        return tf.reduce_mean(self.layer(examples)), {}


def test_a_scalar_objective_is_one_line():
    model = Scalar()
    model.compile("sgd")
    with pytest.raises(ValueError, match="^Scalar received a scalar as a loss") as caught:
        model.fit(points(8), verbose=0)
    assert "\n" not in str(caught.value)


# ------------------------------------------------------------------ use


@pytest.mark.parametrize("family", ["VAE", "conditional VAE", "GAN", "VQVAE", "prior"])
def test_keras_exports_call(family, tmp_path):
    model = FAMILIES[family]()
    model.export(tmp_path / "saved", verbose=False)
    served = tf.saved_model.load(str(tmp_path / "saved"))
    (inputs,) = model.call_signature()
    specs = inputs if isinstance(inputs, list) else [inputs]
    values = [tf.zeros([2, *spec.shape[1:]], spec.dtype) for spec in specs]
    given = values if len(values) > 1 else values[0]
    np.testing.assert_allclose(served.serve(given), model(given), atol=1e-5)


@pytest.mark.parametrize("labelled", [False, True])
def test_latents_of_a_whole_data_set(digits, labelled):
    vae = small_vae(num_classes=10 if labelled else None)
    x, y = digits[:20], np.arange(20) % 10
    data = (x, y) if labelled else x
    expected = vae.encode(x, y if labelled else None).mean()
    dataset = tf.data.Dataset.from_tensor_slices(data).batch(8)
    for given in (data, dataset):
        latents = vae.latents(given, batch_size=7)
        assert latents.dtype == np.float32
        np.testing.assert_allclose(latents, expected, atol=1e-6)
    with pytest.raises(ValueError, match="latents\\(dataset\\)"):
        vae.encode(dataset)


def test_latents_of_a_vqvae_are_indices(digits):
    vqvae = FAMILIES["VQVAE"]()
    latents = vqvae.latents(digits[:9], batch_size=4)
    np.testing.assert_array_equal(latents, vqvae.encode_indices(digits[:9]))
    assert latents.dtype == np.int32


@pytest.mark.parametrize("order", ["tfgen, keras", "keras, tfgen"])
def test_keras_finds_the_classes_of_a_bare_import(order, tmp_path):
    small_vae().save(tmp_path / "vae.keras")
    path = str(tmp_path / "vae.keras")
    code = f"import {order}; print(type(keras.models.load_model({path!r})).__name__)"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout.split() == ["VAE"]
