import types

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfgen
from tfgen.recipes import judging

LEVELS = np.arange(10, dtype="float32") / 10


class Painter:
    """A class-conditional model whose images are as grey as their class, 2x2 pixels in [-1, 1]."""

    num_classes, value_range = 10, (-1.0, 1.0)

    def __init__(self, wrong=()):
        self.painted = np.where(np.isin(np.arange(10), wrong), 0, np.arange(10)) / 10

    def endpoints(self):
        return {"generate": self.generate}

    def generate(self, seed, label):
        noise = tfgen.sampling.uniform(seed, (2, 2, 1)) / 100
        grey = tf.gather(tf.constant(self.painted, tf.float32), label)[:, None, None, None]
        return {"images": 2 * (grey + noise) - 1}


@pytest.fixture
def sees_grey(monkeypatch):
    """In the place of MNIST's classifier: takes an image for the digit nearest to its grey."""
    pixels = keras.Input((2, 2, 1))
    flat = keras.layers.Flatten()(pixels)
    logits = keras.layers.Lambda(
        lambda x: -tf.abs(tf.reduce_mean(x, axis=1, keepdims=True) - 0.005 - LEVELS)
    )(flat)
    network = keras.Model(pixels, {"features": flat, "logits": logits})
    extractor = tfgen.metrics.FeatureExtractor(network, (2, 2, 1), accuracy=1.0)
    monkeypatch.setattr(tfgen.metrics, "mnist_features", lambda: extractor)


def _digits_of_training_shares(count):
    images = judging.generated(Painter(), count, 1, judging.digits_to_ask_for(Painter(), count, 1))
    return tf.data.Dataset.from_tensors(np.concatenate([*images]))


def test_digits_are_asked_for_as_often_as_in_training():
    labels = judging.digits_to_ask_for(Painter(), 60_000, seed=0)
    counts, expected = np.bincount(labels), np.array(judging.TRAINING_DIGITS)
    assert expected.sum() == 60_000
    errors = (counts - expected) / np.sqrt(expected * (1 - expected / 60_000))
    assert np.sum(errors**2) < 27.9  # chi-squared with 9 degrees of freedom: 0.1 %


def test_no_digits_are_asked_for_without_classes():
    assert judging.digits_to_ask_for(types.SimpleNamespace(num_classes=None), 5, seed=0) is None


def test_as_asked_is_the_share_of_digits_drawn_rightly(sees_grey):
    test = _digits_of_training_shares(2000)
    found = judging.judge_digits(Painter(), test, count=2000)
    assert found["as_asked"] == 1.0
    assert found["frechet_distance"] < 0.01
    found = judging.judge_digits(Painter(wrong=[8, 9]), test, count=2000)
    labels = judging.digits_to_ask_for(Painter(), 2000, seed=0)
    assert found["as_asked"] == pytest.approx(np.mean(labels < 8))
    assert found["frechet_distance"] > 0.1


def test_what_is_watched_is_the_distance_that_is_judged(sees_grey):
    test = _digits_of_training_shares(2000)
    model = Painter(wrong=[3])
    judged = judging.judge_digits(model, test, count=2000)["frechet_distance"]
    watched = judging.frechet_distance(model, test, count=2000)(model)
    assert watched == pytest.approx(judged)


def test_classes_are_drawn_in_turn_where_nothing_is_asked_for():
    images = np.concatenate([*judging.generated(Painter(), 25, seed=0, batch_size=10)])
    levels = np.floor((images.mean(axis=(1, 2, 3)) + 1) * 5).astype(int)
    assert levels.tolist() == [i % 10 for i in range(25)]
