"""Feature extractors: the shipped MNIST classifier, InceptionV3, and what they are fed with."""

import hashlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from tfgen import data
from tfgen.data.catalogue import data_directory
from tfgen.metrics import (
    FeatureExtractor,
    feature_batches,
    frechet_distance,
    inception_features,
    mnist_classifier,
    mnist_features,
)

HASH = "1d4d0857f83289bf936ea030d569c9121dc3329a15debb411b418c99d7a245ec"
MNIST = data_directory("mnist")
needs_mnist = pytest.mark.skipif(
    MNIST is None or not (tf.io.gfile.exists(f"{MNIST}/mnist")), reason="needs MNIST on disk"
)


@pytest.fixture(scope="module")
def extractor():
    return mnist_features()


@pytest.fixture(scope="module")
def test_images():
    """The first 2,000 test images and their labels."""
    batches = data.images("mnist", "test[:2000]", batch_size=500, labels=True, data_dir=MNIST)
    images, labels = zip(*batches.as_numpy_iterator(), strict=True)
    return np.concatenate(images), np.concatenate(labels)


def draw(count=6, seed=0):
    return np.random.default_rng(seed).random((count, 28, 28, 1), dtype=np.float32)


def test_the_shipped_weights_are_those_that_the_numbers_were_made_with(extractor):
    """A new hash means that no published number can be compared any more: publish all anew."""
    assert extractor.hash == HASH


def test_the_hash_is_that_of_the_file_without_pickle(extractor):
    digest = hashlib.sha256()
    with np.load(mnist_classifier.WEIGHTS, allow_pickle=False) as file:
        for name in sorted(name for name in file.files if name.startswith("weight_")):
            assert file[name].dtype == np.float16
            digest.update(file[name].astype("<f4").tobytes())
    assert extractor.hash == digest.hexdigest()
    assert mnist_classifier.WEIGHTS.stat().st_size < 300_000


def test_one_changed_weight_changes_the_hash(extractor):
    network = mnist_classifier.build()
    weights = extractor.network.get_weights()
    weights[-1] = np.nextafter(weights[-1], np.float32(9))
    network.set_weights(weights)
    assert FeatureExtractor(network, (28, 28, 1)).hash != extractor.hash


def test_the_recorded_accuracy_is_the_promised_one(extractor):
    assert 0.994 <= extractor.accuracy < 1.0
    assert extractor.accuracy * 10_000 == pytest.approx(round(extractor.accuracy * 10_000))


@needs_mnist
def test_test_images_are_classified_as_well_as_recorded(extractor, test_images):
    images, labels = test_images
    logits = np.concatenate(list(feature_batches(extractor.logits, images)))
    accuracy = np.mean(np.argmax(logits, axis=1) == labels)
    # Four standard errors of 2,000 images around the accuracy on all 10,000.
    assert accuracy == pytest.approx(extractor.accuracy, abs=0.006)


@needs_mnist
def test_features_tell_real_images_from_spoilt_ones(extractor, test_images):
    images, labels = test_images
    features = np.concatenate(list(feature_batches(extractor, images)))
    assert features.min() >= 0 and np.all(features.std(axis=0) > 0)
    floor = frechet_distance(features[:1000], features[1000:])
    noisy = np.clip(images[1000:] + 0.3 * draw(1000), 0, 1)
    turned = images[1000:, ::-1]
    for spoilt in (noisy, turned, images[labels == 1]):
        assert frechet_distance(features[:1000], extractor(spoilt)) > 5 * floor


def test_logits_are_a_linear_map_of_the_features(extractor):
    kernel, bias = extractor.network.get_layer("logits").get_weights()
    images = draw()
    expected = np.asarray(extractor(images)) @ kernel + bias
    np.testing.assert_allclose(extractor.logits(images), expected, rtol=1e-4, atol=1e-4)


def test_the_batches_do_not_matter(extractor):
    images = draw(10)
    whole = np.asarray(extractor(images))
    dataset = tf.data.Dataset.from_tensor_slices((images, np.zeros(10))).batch(4)
    for source, size in [(images, 3), (tf.constant(images), 4), (dataset, 1), ([images], 1)]:
        batches = list(feature_batches(extractor, source, size))
        np.testing.assert_allclose(np.concatenate(batches), whole, rtol=1e-4, atol=1e-5)
    assert [len(batch) for batch in feature_batches(extractor, images, 4)] == [4, 4, 2]


def test_features_stream():
    """No more than one batch is asked for at a time."""
    asked = []

    def endless():
        while True:
            asked.append(1)
            yield np.ones((2, 4, 4, 1))

    batches = feature_batches(lambda images: images.mean(axis=(1, 2)), endless())
    assert [next(batches).shape for _ in range(3)] == [(2, 1)] * 3
    assert len(asked) == 3


def test_the_precision_of_training_changes_nothing(extractor):
    images = draw()
    keras.config.set_dtype_policy("mixed_bfloat16")
    other = mnist_features()
    assert keras.config.dtype_policy().name == "mixed_bfloat16"
    np.testing.assert_array_equal(other(images), extractor(images))


def test_any_keras_model_extracts():
    network = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten()])
    (features,) = feature_batches(network, np.ones((5, 4, 4, 3), "float32"))
    assert features.shape == (5, 48)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 28, 28)), r"shape \(2, 28, 28\): expected \[batch, 28, 28, 1\]"),
        (np.zeros((2, 32, 32, 1)), r"shape \(2, 32, 32, 1\): expected \[batch, 28, 28, 1\]"),
        (np.zeros((2, 28, 28, 3)), r"shape \(2, 28, 28, 3\): expected \[batch, 28, 28, 1\]"),
        (np.full((2, 28, 28, 1), -1.0), r"from -1 to -1: expected 0 .* \(images \+ 1\) / 2"),
        (np.full((2, 28, 28, 1), 255), "from 255 to 255: expected 0"),
        (np.full((2, 28, 28, 1), np.nan), "from nan to nan: expected 0"),
    ],
)
def test_bad_images_say_what_is_wrong(extractor, images, message):
    with pytest.raises(ValueError, match="mnist_classifier received images .*" + message) as caught:
        extractor(images)
    assert "\n" not in str(caught.value)


def test_names_are_no_images():
    with pytest.raises(TypeError, match="type str: expected an array"):
        next(feature_batches(np.asarray, "mnist"))


def test_weights_survive_the_file_but_for_their_rounding(tmp_path, extractor):
    path = tmp_path / "copy.npz"
    facts = {"accuracy": 0.75, "seed": 3, "epochs": 2}
    mnist_classifier.save(extractor.network, path, **facts)
    first = path.read_bytes()
    mnist_classifier.save(extractor.network, path, **facts)
    assert path.read_bytes() == first
    copy = mnist_features(path)
    assert (copy.hash, copy.accuracy) == (extractor.hash, 0.75)
    assert mnist_classifier.load(path)[1] == facts


def test_files_of_something_else_are_refused(tmp_path):
    names = ("text", "short", "pickled", "array", "cut")
    paths = text, short, pickled, array, cut = [tmp_path / f"{name}.npz" for name in names]
    text.write_text("weights")
    np.savez(short, weight_00=np.zeros(3))
    np.savez(pickled, weight_00=np.array([{}], dtype=object))
    with array.open("wb") as file:
        np.save(file, np.zeros(3))
    cut.write_bytes(mnist_classifier.WEIGHTS.read_bytes()[:9999])
    for path in paths:
        with pytest.raises(ValueError, match="expected weights of this network") as caught:
            mnist_features(path)
        assert "\n" not in str(caught.value)


def test_jitter_moves_images_while_training_only():
    layer = mnist_classifier.RandomAffine()
    images = np.zeros((64, 28, 28, 1), "float32")
    images[:, 10:18, 10:18] = 1.0
    np.testing.assert_array_equal(layer(images, training=False), images)
    moved = np.asarray(layer(images, training=True))[..., 0]
    assert moved.min() >= 0 and moved.max() <= 1 + 1e-6
    areas, grid = moved.sum(axis=(1, 2)), np.arange(28)
    assert 64 / 1.1**2 - 3 < areas.min() < areas.max() < 64 / 0.9**2 + 3
    centres = np.stack([moved.sum(axis=2) @ grid, moved.sum(axis=1) @ grid]) / areas - 13.5
    # Scaling by 0.9 moves by more than 2.5 pixels of the result.
    assert np.all(np.abs(centres) < 2.5 / 0.9 * 1.3)
    assert np.all(centres.std(axis=1) > 0.7) and np.all(np.abs(centres.mean(axis=1)) < 0.8)


def test_jitter_without_limits_is_the_identity():
    layer = mnist_classifier.RandomAffine(degrees=0.0, scale=0.0, shift=0.0)
    images = draw()
    np.testing.assert_allclose(layer(images, training=True), images, atol=1e-5)


def test_a_quarter_turn_turns_about_the_centre(monkeypatch):
    layer = mnist_classifier.RandomAffine(degrees=90.0, scale=0.0, shift=0.0)
    monkeypatch.setattr(keras.random, "uniform", lambda shape, *_, **__: keras.ops.ones(shape))
    images = draw()
    turned = np.asarray(layer(images, training=True))
    np.testing.assert_allclose(turned, np.rot90(images, axes=(1, 2)), atol=1e-3)


def test_training_learns_from_the_command_line(tmp_path, monkeypatch, capsys):
    """A few steps on few images: the whole way from the data to a file with its accuracy."""
    labels = np.arange(640) % 3
    images = np.zeros((640, 28, 28, 1), np.float32)
    images[labels == 0, 12:16, 4:24] = 1.0  # bars that lie, bars that stand, and blobs
    images[labels == 1, 4:24, 12:16] = 1.0
    images[labels == 2, 9:19, 9:19] = 1.0
    load = data.images

    def shapes(source, split="train", **options):
        assert source == "mnist" and options.pop("data_dir") == "folder"
        return load((images, labels), split, **options)

    monkeypatch.setattr(mnist_classifier.data, "images", shapes)
    path = tmp_path / "shapes.npz"
    options = {"--out": path, "--data-dir": "folder", "--epochs": 6, "--batch-size": 16}
    mnist_classifier.main([str(word) for option in options.items() for word in option])
    accuracy = mnist_features(path).accuracy
    assert 0.9 < accuracy <= 1.0
    assert f"test accuracy {accuracy:.2%}" in capsys.readouterr().out
    facts = mnist_classifier.load(path)[1]
    assert facts == {"accuracy": accuracy, "seed": 0, "epochs": 6, "batch_size": 16}


def test_inception_without_its_weights_says_where_to_get_them(monkeypatch):
    def offline(**options):
        raise Exception(f"URL fetch failure on {options['weights']}: None -- no route\nto host")

    monkeypatch.setattr(keras.applications, "InceptionV3", offline)
    with pytest.raises(FileNotFoundError, match="could not get .*URL fetch failure") as caught:
        inception_features()
    assert "\n" not in str(caught.value)
    with pytest.raises(FileNotFoundError, match="weights 'no-such-file.h5'"):
        inception_features("no-such-file.h5")


def test_inception_takes_colour_images_of_any_size():
    extractor = inception_features(weights=None)
    outputs = extractor.outputs(np.random.default_rng(0).random((2, 32, 40, 3)))
    assert outputs["features"].shape == (2, 2048) and outputs["logits"].shape == (2, 1000)
    assert np.isfinite(outputs["features"]).all() and np.asarray(outputs["features"]).std() > 0
    assert extractor.accuracy is None and len(extractor.hash) == 64
    kernel, bias = extractor.network.layers[-1].get_layer("predictions").get_weights()
    expected = np.asarray(outputs["features"]) @ kernel + bias
    np.testing.assert_allclose(outputs["logits"], expected, rtol=1e-3, atol=1e-4)
    with pytest.raises(ValueError, match=r"expected \[batch, any, any, 3\]"):
        extractor(np.zeros((2, 32, 32, 1)))
