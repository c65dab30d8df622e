"""Judges, on models and features that are known to be right or wrong."""

import json
import types

import keras
import numpy as np
import pytest
import tensorflow as tf

import tfgen
from tfgen import kinds
from tfgen.data import open_source
from tfgen.endpoints import of_seeds
from tfgen.recipes import judging, recipe
from tfgen.recipes.judging import samples

LEVELS = np.arange(10, dtype="float32") / 10
SHARES = np.array([9, 1, 2, 3, 4, 1, 2, 3, 4, 5])  # of the classes among the training examples


class Painter:
    """A class-conditional model whose images are as grey as their class, 2x2 pixels in [-1, 1]."""

    num_classes, kind = 10, kinds.Image((-1.0, 1.0))

    def __init__(self, wrong=()):
        self.painted = np.where(np.isin(np.arange(10), wrong), 0, np.arange(10)) / 10

    def endpoints(self):
        seed = {"seed": tf.TensorSpec([None, 2], tf.int32)}
        outputs = {"images": self.kind}
        return {"generate": of_seeds(self.generate, seed, None, self.num_classes, outputs)}

    def generate(self, seed, label):
        noise = tfgen.sampling.uniform(seed, (2, 2, 1)) / 100
        grey = tf.gather(tf.constant(self.painted, tf.float32), label)[:, None, None, None]
        return {"images": 2 * (grey + noise) - 1}


def grey_features():
    """Features that take an image for the class nearest to its grey."""
    pixels = keras.Input((2, 2, 1))
    flat = keras.layers.Flatten()(pixels)
    logits = keras.layers.Lambda(
        lambda x: -tf.abs(tf.reduce_mean(x, axis=1, keepdims=True) - 0.005 - LEVELS)
    )(flat)
    network = keras.Model(pixels, {"features": flat, "logits": logits})
    return tfgen.metrics.FeatureExtractor(network, (2, 2, 1), accuracy=1.0)


@pytest.fixture(scope="module")
def evidence():
    """What the right painter would have been trained on: 3,400 images in its own shares."""
    labels = np.repeat(np.arange(10), 100 * SHARES)
    seeds = tfgen.sampling.seeds(1, len(labels))
    images = (Painter().generate(seeds, labels)["images"].numpy() + 1) / 2
    source = open_source((images, labels), holdout=0.3)
    return judging.Evidence(source, source.batches("test", batch_size=500), grey_features())


def test_classes_are_asked_for_as_often_as_in_training(evidence):
    labels = samples.asked(Painter(), evidence, 60_000, seed=0)
    expected = 60_000 * evidence.shares
    np.testing.assert_allclose(evidence.shares, SHARES / 34, atol=0.02)
    errors = (np.bincount(labels) - expected) / np.sqrt(expected * (1 - evidence.shares))
    assert np.sum(errors**2) < 27.9  # chi-squared with 9 degrees of freedom: 0.1 %


def test_no_classes_are_asked_for_without_classes(evidence):
    plain = types.SimpleNamespace(num_classes=None)
    assert samples.asked(plain, evidence, 5, seed=0) is None


def test_recognised_is_the_share_of_samples_drawn_rightly(evidence):
    found = judging.judge_samples(Painter(), evidence, count=2000)
    assert found["recognised"] == 1.0
    assert found["frechet_distance"] < 0.01
    assert found["floor_frechet_distance"] < 0.01
    assert found["features"] == evidence.features.hash[:8]
    assert found["classifier_accuracy"] == 1.0
    found = judging.judge_samples(Painter(wrong=[8, 9]), evidence, count=2000)
    labels = samples.asked(Painter(), evidence, 2000, seed=0)
    assert found["recognised"] == pytest.approx(np.mean(labels < 8))
    assert found["frechet_distance"] > 0.1


def test_what_is_watched_is_the_distance_that_is_judged(evidence):
    model = Painter(wrong=[3])
    judged = judging.judge_samples(model, evidence, count=2000)["frechet_distance"]
    watched = judging.frechet(model, evidence, count=2000)
    assert watched.__name__ == "frechet_distance"
    assert watched(model) == pytest.approx(judged)


def test_quality_of_an_export_is_the_same_distance(evidence):
    model = Painter(wrong=[3])
    labels = samples.asked(model, evidence, 2000, 0)
    images = np.concatenate([*judging.generated(model, 2000, 0, labels)])
    judged = judging.judge_samples(model, evidence, count=2000)["frechet_distance"]
    assert judging.quality(model, evidence)(images)["frechet_distance"] == pytest.approx(judged)


def test_without_features_nothing_is_claimed(evidence):
    blind = judging.Evidence(evidence.source, evidence.test, None)
    assert judging.judge_samples(Painter(), blind)["features"].startswith("none: ")
    assert judging.quality(Painter(), blind) is None
    assert judging.frechet(Painter(), blind) is None


def test_classes_are_drawn_in_turn_where_nothing_is_asked_for():
    images = np.concatenate([*judging.generated(Painter(), 25, seed=0, batch_size=10)])
    levels = np.floor((images.mean(axis=(1, 2, 3)) + 1) * 5).astype(int)
    assert levels.tolist() == [i % 10 for i in range(25)]


# ------------------------------------------------------------------ which features


def test_a_small_classifier_learns_the_classes_and_is_kept(tmp_path, monkeypatch):
    from tfgen.recipes.judging import classifier

    monkeypatch.setattr(classifier, "_UPDATES", 60)
    source = _digits()
    features = judging.features_of(source, tmp_path)
    facts = json.loads((tmp_path / "classifier.json").read_text())
    assert features.accuracy == facts["accuracy"] > 0.5  # chance: 0.1
    again = judging.features_of(source, tmp_path)
    assert again.hash == features.hash  # read, not trained anew


def _digits():
    from sklearn.datasets import load_digits

    data = load_digits()
    images = np.clip(data.images[..., None] * 16, 0, 255).astype(np.uint8)
    return open_source((images, data.target))


def test_points_are_their_own_features(tmp_path):
    points = open_source(np.random.default_rng(0).normal(size=(50, 3)).astype(np.float32))
    features = judging.features_of(points, tmp_path)
    assert features.hash == "itself"
    assert not [*tmp_path.iterdir()]


def test_images_without_classes_have_no_features(tmp_path):
    images = open_source(np.random.default_rng(0).integers(0, 256, (9, 8, 8, 1), np.uint8))
    assert judging.features_of(images, tmp_path) is None


def test_a_network_of_the_user_is_looked_through(tmp_path):
    pixels = keras.Input((8, 8, 1))
    network = keras.Model(pixels, keras.layers.Flatten()(pixels))
    network.save(tmp_path / "mine.keras")
    images = open_source(np.random.default_rng(0).integers(0, 256, (9, 8, 8, 1), np.uint8))
    features = judging.features_of(images, tmp_path, tmp_path / "mine.keras")
    assert features(np.zeros((2, 8, 8, 1))).shape == (2, 64)
    other = open_source(np.random.default_rng(0).integers(0, 256, (9, 16, 16, 1), np.uint8))
    with pytest.raises(ValueError, match="--features .* expected a network from images"):
        judging.features_of(other, tmp_path, tmp_path / "mine.keras")


def test_evidence_takes_the_features_that_the_recipe_names(tmp_path):
    source, settings = _digits(), recipe.Settings(1, 8)

    def batches(source, split, settings, first_epoch):
        return source.batches(split, batch_size=settings.batch_size)

    blind = recipe.Recipe("x", "VAE", "", "", settings, None, batches, None, features=judging.none)
    assert judging.evidence(blind, source, settings, tmp_path).features is None
