"""Quality functions of recipes, on data of their own."""

import numpy as np
import pytest

import tfgen
from tfgen import metrics, recipes
from tfgen.recipes import quality


@pytest.fixture
def test_images(monkeypatch):
    """Stands for MNIST: 300 pictures of noise in [0, 1]."""
    images = np.random.default_rng(0).uniform(size=(300, 28, 28, 1)).astype(np.float32)
    monkeypatch.setattr(tfgen.data, "images", lambda *_, **__: [images[:200], images[200:]])
    return images


def test_distance_is_that_of_the_features_and_knows_the_range(test_images):
    extractor = metrics.mnist_features()
    fake = np.random.default_rng(1).uniform(size=(200, 28, 28, 1)).astype(np.float32) ** 2
    expected = metrics.frechet_distance(
        np.asarray(extractor(test_images)), np.asarray(extractor(fake))
    )
    grey = quality.mnist_frechet(None)
    assert grey(fake)["frechet_distance"] == pytest.approx(expected, rel=1e-4)
    tanh = quality.mnist_frechet(None, value_range=(-1.0, 1.0))
    assert tanh(2 * fake - 1)["frechet_distance"] == pytest.approx(expected, rel=1e-3)
    assert tanh(2.02 * fake - 1.01)["frechet_distance"] > 0  # beyond the range, as after rounding


@pytest.mark.parametrize("name", ["mnist-vae", "mnist-iwae", "mnist-conv-vae"])
def test_mnist_recipes_tell_the_test_set_from_others(name, test_images):
    judge = recipes.get(name).quality(None)
    near, far = (judge(x)["frechet_distance"] for x in (test_images[::-1], test_images**2))
    assert near < 0.1 * far
