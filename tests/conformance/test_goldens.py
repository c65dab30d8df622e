"""Models that an earlier version wrote still load, and give to the bit what they gave.

`goldens/*.keras` were saved by tfgen 0.1.0, `*.npz` beside them hold what its models answered.
"""

import pathlib

import numpy as np
import pytest
from sklearn.datasets import load_digits

import tfgen
from tfgen.labels import in_turn

GOLDENS = sorted((pathlib.Path(__file__).parents[1] / "goldens").glob("*.keras"))


def asked(model, name):
    """What the earlier version was asked: four samples of seed 3, or four digits anew."""
    digits = load_digits()
    if name == "sample":
        labels = {} if model.num_classes is None else {"labels": in_turn(4, model.num_classes)}
        return model.sample(4, 3, **labels)
    images = (digits.images[:4, :, :, None] / 16).astype(np.float32)
    return model.reconstruct(images, *([digits.target[:4]] if "iwae" in model.name else []))


@pytest.mark.parametrize("path", GOLDENS, ids=lambda path: path.stem)
def test_a_model_of_an_earlier_version_gives_what_it_gave(path):
    model, gave = tfgen.load_model(path), np.load(path.with_suffix(".npz"))
    assert model.kind.name == ("points" if path.stem.startswith("points") else "image")
    assert int(model.step) > 0  # with its optimizers
    for name in gave:
        np.testing.assert_array_equal(asked(model, name), gave[name])
