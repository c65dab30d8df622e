import csv
import os
import resource
import signal
import subprocess
import sys
import textwrap

import keras
import numpy as np
import pytest
import tensorflow as tf
from models import compiled, small_vae
from PIL import Image

from tfgen import plots
from tfgen.callbacks import (
    Backup,
    CollapseWarning,
    HistoryFile,
    Reconstructions,
    SampleGrid,
    StopOnNaN,
    Traversal,
)


def _fit(model, images, callbacks, labels=None, **arguments):
    arguments = {"epochs": 1, "batch_size": 16, "verbose": 0, "shuffle": False, **arguments}
    return model.fit(images, labels, callbacks=callbacks, **arguments)


def _names(directory):
    return sorted(path.name for path in directory.iterdir())


# ---------------------------------------------------------------- pictures


def test_sample_grid_is_the_picture_of_the_models_samples(tmp_path, digits):
    vae = compiled(small_vae())
    grid = SampleGrid(tmp_path / "samples", count=9, seed=5, every=2)
    _fit(vae, digits[:32], [grid], epochs=4)
    assert _names(tmp_path / "samples") == ["epoch-0002.png", "epoch-0004.png"]
    picture = np.asarray(Image.open(tmp_path / "samples" / "epoch-0004.png"))
    np.testing.assert_array_equal(picture, plots.image_grid(vae.sample(9, seed=5))[..., 0])


def test_sample_grid_shows_one_class_a_column(tmp_path, digits):
    vae = compiled(small_vae(num_classes=3))
    labels = np.arange(32, dtype=np.int32) % 3
    _fit(vae, digits[:32], [SampleGrid(tmp_path, count=6)], labels)
    images = vae.sample(6, seed=0, labels=np.array([0, 1, 2, 0, 1, 2], np.int32))
    picture = np.asarray(Image.open(tmp_path / "epoch-0001.png"))
    np.testing.assert_array_equal(picture, plots.image_grid(images, columns=3)[..., 0])


def test_sample_grid_reaches_tensorboard(tmp_path, digits):
    vae = compiled(small_vae())
    _fit(vae, digits[:32], [SampleGrid(tmp_path, 4, tensorboard=tmp_path / "logs")], epochs=2)
    (path,) = (tmp_path / "logs").iterdir()
    events = tf.compat.v1.train.summary_iterator(str(path))
    values = [(event.step, value) for event in events for value in event.summary.value]
    assert [step for step, _ in values] == [0, 1]
    written = tf.io.decode_png(values[1][1].tensor.string_val[2])
    np.testing.assert_array_equal(written, plots.image_grid(vae.sample(4, seed=0)))


def test_reconstructions_stand_below_their_images(tmp_path, digits):
    vae, callback = compiled(small_vae()), Reconstructions(tmp_path, digits[:6], every=2)
    _fit(vae, digits[:32], [callback], epochs=3)
    assert _names(tmp_path) == ["epoch-0002.png"]
    _fit(vae, digits[:32], [Reconstructions(tmp_path, digits[:6])])
    expected = plots.reconstructions(digits[:6], vae.reconstruct(digits[:6]))
    plots.save(expected, tmp_path / "expected.png")
    drawn, expected = (Image.open(tmp_path / f"{n}.png") for n in ("epoch-0001", "expected"))
    np.testing.assert_array_equal(np.asarray(drawn), np.asarray(expected))


@pytest.mark.parametrize("num_classes", [None, 3])
def test_traversal_is_drawn_every_so_many_epochs(tmp_path, digits, num_classes):
    vae = compiled(small_vae(num_classes=num_classes))
    labels = None if num_classes is None else np.arange(32, dtype=np.int32) % 3
    _fit(vae, digits[:32], [Traversal(tmp_path, every=2, label=1)], labels, epochs=5)
    assert _names(tmp_path) == ["traversal-0002.png", "traversal-0004.png"]

    def decode(z):
        return vae.decode_images(z, None if num_classes is None else np.ones(len(z), np.int32))

    _fit(vae, digits[:32], [Traversal(tmp_path, label=1)], labels)
    plots.save(plots.traversal(decode, vae.latent_dim), tmp_path / "expected.png")
    drawn, expected = (Image.open(tmp_path / f"{n}.png") for n in ("traversal-0001", "expected"))
    np.testing.assert_array_equal(np.asarray(drawn), np.asarray(expected))


@pytest.mark.parametrize("callback", [SampleGrid, Traversal])
def test_models_that_draw_no_images_are_refused_before_training(tmp_path, callback):
    model = _regression()
    with pytest.raises(TypeError, match=f"{callback.__name__} received a Sequential"):
        model.fit(*_line(), verbose=0, callbacks=[callback(tmp_path)])
    assert model.optimizer.iterations == 0


@pytest.mark.parametrize("callback", [SampleGrid, Traversal])
def test_pictures_every_zero_epochs_are_refused(tmp_path, callback):
    with pytest.raises(ValueError, match=f"{callback.__name__} received every=0"):
        callback(tmp_path, every=0)


# ---------------------------------------------------------------- numbers


def _rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_history_file_holds_what_was_logged_with_every_number_in_its_column(tmp_path):
    model, (x, y) = _regression(), _line()
    path = tmp_path / "logs" / "history.csv"
    arguments = {"validation_data": (x, y), "validation_freq": 2, "verbose": 0}
    history = model.fit(x, y, epochs=4, callbacks=[HistoryFile(path)], **arguments).history
    rows = _rows(path)
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4"]
    assert [float(row["loss"]) for row in rows] == history["loss"]
    assert [float(row["val_loss"]) for row in rows[1::2]] == history["val_loss"]
    assert [row["val_loss"] for row in rows[::2]] == ["", ""]


def test_history_file_replaces_the_lines_of_epochs_that_are_trained_again(tmp_path):
    model, (x, y) = _regression(), _line()
    path = tmp_path / "history.csv"
    first = model.fit(x, y, epochs=3, verbose=0, callbacks=[HistoryFile(path)])
    again = model.fit(x, y, initial_epoch=1, epochs=3, verbose=0, callbacks=[HistoryFile(path)])
    losses = [first.history["loss"][0], *again.history["loss"]]
    assert [(row["epoch"], float(row["loss"])) for row in _rows(path)] == [
        (str(i), loss) for i, loss in enumerate(losses, start=1)
    ]
    curve = plots.training_curves(path, ["loss"]).axes[0].get_lines()[0]
    np.testing.assert_allclose(curve.get_xydata(), list(enumerate(losses, start=1)))


# ---------------------------------------------------------------- alarms


def _epochs(callback, model, *active, name="active_units"):
    callback.set_model(model)
    for epoch, value in enumerate(active):
        callback.on_epoch_end(epoch, {} if value is None else {name: value})


@pytest.mark.parametrize("name", ["active_units", "val_active_units"])
def test_collapse_is_said_once_with_its_first_epoch(capsys, name):
    callback = CollapseWarning(min_active=0.5, warm_up=4)
    _epochs(callback, small_vae(latent_dim=4), 1.0, 3.0, 1.0, None, 1.0, 0.0, name=name)
    (line,) = capsys.readouterr().out.strip().splitlines()
    assert line.startswith("Posterior collapse: 1 of 4 latent units are active")
    assert f"({name}) since epoch 3." in line


def test_collapse_is_not_said_of_enough_units_nor_during_the_warm_up(capsys):
    _epochs(CollapseWarning(min_active=0.5, warm_up=2), small_vae(latent_dim=4), 0.0, 1.0, 2.0, 4.0)
    assert capsys.readouterr().out == ""


def test_a_collapsed_model_is_found_by_training_it(digits, capsys):
    vae = compiled(small_vae(beta=1000.0))
    _fit(vae, digits, [CollapseWarning(warm_up=1)], epochs=8)
    assert capsys.readouterr().out.count("Posterior collapse: 0 of 3") == 1


def test_collapse_warning_refuses_a_share_above_one():
    with pytest.raises(ValueError, match="min_active=2"):
        CollapseWarning(min_active=2)


def _regression():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="slope")])
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    return model


def _line(count=8):
    x = np.arange(count, dtype=np.float32)[:, None]
    return x, 2 * x


def test_a_loss_that_is_not_finite_is_named_with_its_step_and_backups_survive(tmp_path):
    model, (x, y) = _regression(), _line()
    callbacks = [Backup(tmp_path), StopOnNaN()]
    model.fit(x, y, batch_size=2, epochs=1, verbose=0, callbacks=callbacks)
    before = (tmp_path / "epoch-0001.weights.h5").read_bytes()
    y[5] = np.nan
    with pytest.raises(FloatingPointError, match="at step 3 of epoch 2: loss=nan is not finite"):
        model.fit(
            x, y, batch_size=2, epochs=2, initial_epoch=1, shuffle=False, verbose=0,
            callbacks=callbacks,
        )  # fmt: skip
    assert _names(tmp_path) == ["epoch-0001.weights.h5"]
    assert (tmp_path / "epoch-0001.weights.h5").read_bytes() == before


def test_weights_that_the_last_step_broke_are_not_backed_up(tmp_path):
    model, (x, y) = _regression(), _line()
    model.optimizer.learning_rate = np.inf  # the loss of the only step is finite still
    callbacks = [StopOnNaN(), Backup(tmp_path)]
    with pytest.raises(FloatingPointError, match="end of epoch 1: the weight .*slope/kernel"):
        model.fit(x, y, epochs=1, verbose=0, callbacks=callbacks)
    assert _names(tmp_path) == []


def test_a_validation_loss_that_is_not_finite_is_named():
    model, (x, y) = _regression(), _line()
    with pytest.raises(FloatingPointError, match="end of epoch 1: val_loss=nan"):
        model.fit(x, y, validation_data=(x, y * np.nan), verbose=0, callbacks=[StopOnNaN()])


# ---------------------------------------------------------------- backups


def _state(model):
    return [np.asarray(v) for v in [*model.variables, *model.optimizer.variables]]


def _resume(model, directory, images, epochs):
    done = Backup.completed_epochs(directory)
    return _fit(model, images, [Backup(directory)], initial_epoch=done, epochs=epochs)


def _vae(seed):
    keras.utils.set_random_seed(seed)
    return compiled(small_vae())


def test_a_resumed_training_equals_an_uninterrupted_one_bit_for_bit(tmp_path, digits):
    whole, first = _vae(seed=1), _vae(seed=1)
    _fit(whole, digits[:64], [], epochs=4)
    _fit(first, digits[:64], [Backup(tmp_path)], epochs=2)
    second = _vae(seed=2)  # whatever it starts from is replaced
    history = _resume(second, tmp_path, digits[:64], epochs=4)
    assert history.epoch == [2, 3]
    for expected, received in zip(_state(whole), _state(second), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_the_last_two_epochs_are_kept_when_training_has_ended(tmp_path):
    model, (x, y) = _regression(), _line()
    assert Backup.completed_epochs(tmp_path / "new") == 0
    model.fit(x, y, epochs=12, verbose=0, callbacks=[Backup(tmp_path / "new")])
    assert _names(tmp_path / "new") == ["epoch-0011.weights.h5", "epoch-0012.weights.h5"]
    assert Backup.completed_epochs(tmp_path / "new") == 12


def test_running_a_finished_training_again_restores_it_and_trains_no_more(tmp_path):
    model, (x, y) = _regression(), _line()
    model.fit(x, y, epochs=2, verbose=0, callbacks=[Backup(tmp_path)])
    again = _regression()
    again.fit(x, y, initial_epoch=2, epochs=2, verbose=0, callbacks=[Backup(tmp_path)])
    for expected, received in zip(_state(model), _state(again), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_a_fit_that_would_repeat_epochs_is_refused(tmp_path):
    model, (x, y) = _regression(), _line()
    model.fit(x, y, epochs=2, verbose=0, callbacks=[Backup(tmp_path)])
    with pytest.raises(ValueError, match="2 completed epochs, but fit starts with initial_epoch=0"):
        _regression().fit(x, y, epochs=4, verbose=0, callbacks=[Backup(tmp_path)])


def _two_backups(directory):
    """Train two epochs; return the data, and the weights after each epoch."""
    model, (x, y) = _regression(), _line()
    weights = []
    for epoch in range(2):
        callbacks = [Backup(directory)]
        model.fit(x, y, initial_epoch=epoch, epochs=epoch + 1, verbose=0, callbacks=callbacks)
        weights.append(model.get_weights())
    return x, y, weights


@pytest.mark.parametrize("length", [0, 100, -1])
def test_a_cut_off_backup_is_passed_over_for_the_one_before(tmp_path, capsys, length):
    x, y, weights = _two_backups(tmp_path)
    last = tmp_path / "epoch-0002.weights.h5"
    last.write_bytes(last.read_bytes()[:length])
    assert Backup.completed_epochs(tmp_path) == 1
    model = _regression()
    arguments = {"verbose": 0, "callbacks": [Backup(tmp_path)]}
    model.fit(x, y, initial_epoch=1, epochs=1, **arguments)
    for expected, received in zip(weights[0], model.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)
    (line,) = capsys.readouterr().out.strip().splitlines()
    assert line.endswith(
        "epoch-0002.weights.h5 is damaged: going on from epoch-0001.weights.h5 instead."
    )
    model.fit(x, y, initial_epoch=1, epochs=2, **arguments)
    assert Backup.completed_epochs(tmp_path) == 2
    for expected, received in zip(weights[1], model.get_weights(), strict=True):
        np.testing.assert_array_equal(received, expected)


def test_backups_of_which_none_is_whole_are_an_error(tmp_path):
    _two_backups(tmp_path)
    for path in tmp_path.iterdir():
        path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(OSError, match="None of the backups .* can be read"):
        Backup.completed_epochs(tmp_path)


def test_the_backup_of_another_model_is_refused(tmp_path):
    x, y, _ = _two_backups(tmp_path)
    other = keras.Sequential([keras.Input((1,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    other.compile("sgd", "mse")
    with pytest.raises(ValueError, match="could not restore epoch-0002.weights.h5"):
        other.fit(x, y, initial_epoch=2, epochs=3, verbose=0, callbacks=[Backup(tmp_path)])


def test_a_model_without_weights_yet_is_refused(tmp_path):
    model = keras.Sequential([keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="not built"):
        callback = Backup(tmp_path)
        callback.set_model(model)
        callback.on_train_begin()


def test_a_full_disk_leaves_the_backups_before_as_they_were(tmp_path):
    model = keras.Sequential([keras.Input((300,)), keras.layers.Dense(300)])
    model.compile("adam", "mse")
    x = np.ones((4, 300), np.float32)
    arguments = {"verbose": 0, "callbacks": [Backup(tmp_path)]}
    model.fit(x, x, epochs=1, **arguments)
    before = (tmp_path / "epoch-0001.weights.h5").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with pytest.raises(OSError, match="could not write .*epoch-0002.*: File too large"):
            model.fit(x, x, initial_epoch=1, epochs=2, **arguments)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _names(tmp_path) == ["epoch-0001.weights.h5"]
    assert (tmp_path / "epoch-0001.weights.h5").read_bytes() == before
    model.fit(x, x, initial_epoch=1, epochs=2, **arguments)
    assert Backup.completed_epochs(tmp_path) == 2


class _Interrupts(keras.layers.Layer):
    """Raises when its third save begins, in the middle of the file."""

    def __init__(self, action):
        super().__init__()
        self.action, self.saves = action, 0

    def call(self, x):
        return x

    def save_own_variables(self, store):
        self.saves += 1
        if self.saves == 3:
            self.action()


def _interrupt():
    raise KeyboardInterrupt


def test_an_interrupt_while_saving_leaves_the_backups_before(tmp_path):
    (x, y), layers = _line(), [keras.layers.Dense(1), _Interrupts(_interrupt)]
    model = keras.Sequential([keras.Input((1,)), *layers])
    model.compile("sgd", "mse")
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y, epochs=5, verbose=0, callbacks=[Backup(tmp_path)])
    assert _names(tmp_path) == ["epoch-0001.weights.h5", "epoch-0002.weights.h5"]
    assert Backup.completed_epochs(tmp_path) == 2


_KILLED_WHILE_SAVING = """
    import os, signal, sys
    import keras, numpy as np
    from tfgen.callbacks import Backup

    class Kills(keras.layers.Layer):
        saves = 0

        def call(self, x):
            return x

        def save_own_variables(self, store):
            self.saves += 1
            if self.saves == 3:
                os.kill(os.getpid(), signal.SIGKILL)

    x = np.arange(8, dtype=np.float32)[:, None]
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, name="slope"), Kills()])
    model.compile(keras.optimizers.SGD(1e-3), "mse")
    model.fit(x, 2 * x, epochs=5, verbose=0, callbacks=[Backup(sys.argv[1])])
"""


def test_a_kill_in_the_middle_of_a_save_loses_one_epoch_only(tmp_path):
    command = [sys.executable, "-c", textwrap.dedent(_KILLED_WHILE_SAVING), str(tmp_path)]
    killed = subprocess.run(command, capture_output=True, env={**os.environ, "PYTHONPATH": "."})
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert Backup.completed_epochs(tmp_path) == 2
    assert "unfinished.weights.h5" in _names(tmp_path)  # it was indeed writing
    model, (x, y) = _regression(), _line()
    callbacks = [Backup(tmp_path)]
    model.fit(x, y, initial_epoch=2, epochs=4, verbose=0, callbacks=callbacks)
    assert model.optimizer.iterations == 4
    assert _names(tmp_path) == ["epoch-0003.weights.h5", "epoch-0004.weights.h5"]


def test_two_replicas_resume_where_they_stopped(tmp_path, digits, two_replicas):
    with two_replicas.scope():
        whole, resumed = _vae(seed=1), _vae(seed=2)
    _fit(whole, digits[:32], [Backup(tmp_path)])
    _resume(resumed, tmp_path, digits[:32], epochs=2)
    _fit(whole, digits[:32], [], initial_epoch=1, epochs=2)
    for expected, received in zip(_state(whole), _state(resumed), strict=True):
        np.testing.assert_array_equal(received, expected)
