"""What watches a generator while it trains."""

import csv

import keras
import numpy as np
import pytest

from tfgen import callbacks


class _Generator(keras.Model):
    """Gives the examples it was made with, after a number of updates."""

    def __init__(self, samples, step=1000, num_classes=None):
        super().__init__()
        self.samples, self.step, self.num_classes = samples, step, num_classes

    def sample(self, count, seed=0, labels=None):
        assert (labels is None) == (self.num_classes is None)
        return self.samples[:count]


REAL = np.random.default_rng(0).normal(size=(64, 4, 4, 1))


def _epochs(model, callback, count):
    callback.set_model(model)
    for epoch in range(count):
        callback.on_epoch_end(epoch, {})


def test_mode_collapse_stops_training_and_says_since_when():
    model = _Generator(0.1 * REAL)  # a hundredth of the variance
    with pytest.raises(
        callbacks.ModeCollapseError, match=r"1\.0%.* since epoch 1 \(step 1000\)\. Try"
    ):
        _epochs(model, callbacks.StopOnModeCollapse(REAL, patience=2), 3)
    _epochs(model, callbacks.StopOnModeCollapse(REAL, patience=2), 2)
    _epochs(model, callbacks.StopOnModeCollapse(REAL, patience=2, every=2), 5)
    _epochs(model, callbacks.StopOnModeCollapse(REAL, patience=2, warm_up=1001), 9)


@pytest.mark.parametrize("num_classes", [None, 10])
def test_varied_samples_are_no_mode_collapse(num_classes):
    model = _Generator(0.3 * REAL, num_classes=num_classes)  # nine hundredths
    _epochs(model, callbacks.StopOnModeCollapse(REAL), 9)


def test_a_recovered_generator_begins_anew():
    model, callback = _Generator(0.1 * REAL), callbacks.StopOnModeCollapse(REAL, patience=2)
    _epochs(model, callback, 2)
    model.samples = REAL
    _epochs(model, callback, 1)
    model.samples = 0.1 * REAL
    _epochs(model, callback, 2)


@pytest.mark.parametrize("least", [0.0, 1.0])
def test_mode_collapse_wants_a_share(least):
    with pytest.raises(ValueError, match=f"least={least}"):
        callbacks.StopOnModeCollapse(REAL, least)


def test_a_judgement_is_logged_before_later_callbacks_write(tmp_path):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    judged = callbacks.Judgement(lambda model: 0.5, every=2, name="taste")
    file = callbacks.HistoryFile(tmp_path / "history.csv")
    x = np.ones((4, 1))
    history = model.fit(x, x, epochs=4, verbose=0, callbacks=[judged, file]).history
    assert history["val_taste"] == [0.5, 0.5]
    with (tmp_path / "history.csv").open() as lines:
        assert [row["val_taste"] for row in csv.DictReader(lines)] == ["", "0.5", "", "0.5"]
