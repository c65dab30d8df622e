"""The presets that come with the package."""

import hashlib

import numpy as np
import pytest

import tfgen
from tfgen import presets, recipes

LARGEST = 12_000_000  # bytes of all together


def test_presets_are_small_and_say_what_they_are():
    assert presets.names()
    for name in presets.names():
        about = presets.about(name)
        content = presets.path(name).read_bytes()
        assert about["sha256"] == hashlib.sha256(content).hexdigest()
        assert about["bytes"] == len(content)
        assert about["recipe"] in recipes.names() and about["measured"] and about["licence"]
        assert {"trained", "saved"} <= set(about["versions"])
    assert sum(presets.about(name)["bytes"] for name in presets.names()) <= LARGEST


@pytest.mark.parametrize("name", presets.names())
def test_preset_draws_digits_that_the_classifier_knows(name):
    """Digits of all kinds, and no noise: the shipped classifier is sure of most."""
    model = tfgen.load_preset(name)
    assert not model.compiled  # its optimizers were left behind
    assert {w.dtype for w in model.trainable_weights} == {"float32"}
    labels = {} if model.num_classes is None else {"labels": np.arange(50) % 10}
    images = model.kind.to_unit(model.sample(50, seed=1, **labels))
    logits = tfgen.metrics.mnist_features().logits(images)
    sure = np.exp(logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)).max(axis=-1)
    assert np.mean(sure > 0.9) > 0.5
    assert len(set(np.argmax(logits, axis=-1))) >= 8
    if labels:
        assert np.mean(np.argmax(logits, axis=-1) == labels["labels"]) > 0.9


def test_unknown_preset_suggests_the_nearest():
    with pytest.raises(ValueError, match="Did you mean 'mnist-conv-vae'"):
        tfgen.load_preset("mnist-convvae")
    with pytest.raises(ValueError, match="Unknown preset"):
        tfgen.load_preset("../presets/mnist-conv-vae")
