"""Training that goes on from a trained model."""

import os
from typing import Any

from tfgen.runs.trained import open_trained


def facts(begin_from: str | os.PathLike | None) -> dict[str, Any]:
    """Return what recipe.json says of the model that a training goes on from."""
    if begin_from is None:
        return {}
    found = open_trained(begin_from)
    return {"from": {"name": os.fspath(begin_from), "sha256": found.sha256}}


def take_weights(model: Any, begin_from: str | os.PathLike | None) -> None:
    """Give `model` the weights of a trained one of the same architecture.

    Optimizers and random state stay as they are.

    Raises:
        ValueError: for another architecture; the message names the first weight that differs.
    """
    if begin_from is None:
        return
    theirs, mine = open_trained(begin_from).load().weights, model.weights
    for one, other in zip(mine, theirs, strict=False):
        if one.shape != other.shape:
            raise ValueError(
                f"--from {begin_from} does not fit: its weight {other.path} has the shape "
                f"{tuple(other.shape)}, and {one.path} of this model {tuple(one.shape)}. Train "
                "with the recipe and the settings of that model."
            )
    if len(mine) != len(theirs):
        longer = max(mine, theirs, key=len)
        raise ValueError(
            f"--from {begin_from} does not fit: it has {len(theirs)} weights, this model "
            f"{len(mine)}, of which {longer[min(len(mine), len(theirs))].path} is the first that "
            "the other lacks. Train with the recipe and the settings of that model."
        )
    for one, other in zip(mine, theirs, strict=True):
        one.assign(other)
