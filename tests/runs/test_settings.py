"""Settings from what a person asks for."""

import math

import pytest
from toy_recipes import TOYS

from tfgen.runs.settings import changed

TOY = TOYS["toy-digits"]


def test_changes_reach_fields_and_options_and_none_changes_nothing():
    found = changed(TOY, {"epochs": 3, "latent_dim": 7, "seed": None}, ["width=32"])
    assert (found.epochs, found["latent_dim"], found["width"], found.seed) == (3, 7, 32, 0)
    assert TOY.settings["width"] == 16


def test_dashes_in_names_are_as_good_as_underscores():
    assert changed(TOY, {}, ["latent-dim=3"])["latent_dim"] == 3


@pytest.mark.parametrize(
    "changes, assignments, message",
    [
        ({}, ["widht=3"], "Did you mean 'width'"),
        ({}, ["width=wide"], "expected an integer"),
        ({}, ["width"], "expected NAME=VALUE"),
        ({}, ["=3"], "expected NAME=VALUE"),
        ({}, ["width="], "expected NAME=VALUE"),
        ({}, ["epochs=3"], "Use --epochs 3"),
        ({}, ["batch-size=3"], "Use --batch-size 3"),
        ({}, ["width=3", "width=4"], "given twice"),
        ({"latent_dim": 3}, ["latent_dim=4"], "given twice"),
        ({}, ["learning_rate=nan"], "finite"),
        ({}, ["learning_rate=-1"], "--learning-rate received -1.0"),
        ({"learning_rate": 0.0}, [], "--learning-rate received 0.0"),
        ({"learning_rate": math.inf}, [], "finite"),
        ({"latent_dim": 0}, [], "--latent-dim received 0"),
        ({"seed": -1}, [], "--seed received -1"),
        ({"seed": 2**31}, [], "--seed received 2147483648"),
        ({"seed": 2**32}, [], "--seed received"),
        ({"seed": 1.5}, [], "--seed received 1.5"),
        ({"seed": True}, [], "--seed received True"),
        ({"epochs": 0}, [], "--epochs received 0"),
        ({"batch_size": 0}, [], "--batch-size received 0"),
        ({"steps_per_epoch": 0}, [], "--steps-per-epoch received 0"),
        ({"holdout": 0.0}, [], "--holdout received 0.0"),
        ({"holdout": math.nan}, [], "--holdout received nan"),
        ({"strategy": "parallel"}, [], "--strategy received 'parallel'"),
    ],
)
def test_what_cannot_be_trained_with_is_refused(changes, assignments, message):
    with pytest.raises(ValueError, match=message):
        changed(TOY, changes, assignments)
