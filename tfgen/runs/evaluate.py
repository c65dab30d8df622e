"""Judging a trained model."""

import contextlib
import csv
import dataclasses
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfgen.files import write_files
from tfgen.runs.description import write_json
from tfgen.runs.trained import Trained


def evaluate(
    trained: Trained,
    data: Any = None,
    data_dir: str | None = None,
    features: str | os.PathLike | None = None,
) -> dict[str, Any]:
    """Judge a model by its recipe's protocol; return the numbers.

    Those of a run are written to its `metrics.json` too, and where the recipe has a report, that to
    `report.html`.

    Args:
        trained: see `open_trained`.
        data: where the data are now; None for where they were while training.
        data_dir: folder of the TFDS data sets.
        features: a `.keras` file of a network to look at samples through, instead of the recipe's.

    Raises:
        ValueError: for a model whose recipe nobody knows, and for data of another shape.

    Example:
        >>> evaluate(Trained("model", Path("model.keras")))
        Traceback (most recent call last):
        ValueError: model.keras does not say by which recipe it is to be judged. Name one ...
    """
    recipe, settings = _checked_recipe(trained)
    model = trained.load()
    with _evidence(trained, model, data, data_dir, features) as evidence:
        judged = recipe.judge(model, evidence)
        page = recipe.report(model, evidence, judged) if recipe.report and trained.run else None
    plain = dataclasses.asdict(settings)
    plain |= plain.pop("options")
    metrics = {"recipe": recipe.name, "split": "test", **judged,
               **_of_training(trained, judged), **plain}  # fmt: skip
    if trained.run is not None:
        write_json(trained.run.directory / "metrics.json", metrics)
    if trained.run is not None and page is not None:
        write_files({trained.run.directory / "report.html": page.encode()})
    return metrics


def quality(
    trained: Trained,
    model: Any,
    data: Any = None,
    data_dir: str | None = None,
    say: Callable[[str], Any] = print,
) -> Callable | None:
    """Return the recipe's function from examples to `{name: number}`, for reports of exports.

    None where the recipe has none or, which is said, its data can't be had.
    """
    if trained.recipe is None or trained.recipe.quality is None:
        return None
    try:
        with _evidence(trained, model, data, data_dir) as evidence:
            return trained.recipe.quality(model, evidence)
    except OSError as error:
        if data is not None:
            raise
        say(f"The report will be without quality: {error}")
        return None


@contextlib.contextmanager
def _evidence(trained, model, data, data_dir, features=None):
    """What judges look at; without a run, features that have to be trained are thrown away."""
    from tfgen.recipes import judging

    source = trained.source(data, data_dir, model)
    with contextlib.ExitStack() as stack:
        directory = trained.run and trained.run.directory
        directory = directory or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        yield judging.evidence(trained.recipe, source, trained.settings, directory, features)


def _checked_recipe(trained):
    if trained.recipe is None:
        raise ValueError(
            f"{trained.path} does not say by which recipe it is to be judged. Name one by --recipe."
        )
    return trained.recipe, trained.settings


def _of_training(trained, judged):
    """Return the seconds of training, and the best of what was watched with its epoch."""
    path = trained.run.directory / "logs" / "history.csv" if trained.run else None
    if path is None or not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {"training_seconds": round(sum(float(row["seconds"]) for row in rows), 1)}
    for name in judged if trained.recipe.watch else ():
        watched = [row for row in rows if row.get(f"val_{name}")]
        if watched:
            best = min(watched, key=lambda row, name=name: float(row[f"val_{name}"]))
            found |= {f"best_{name}": float(best[f"val_{name}"]), "best_epoch": int(best["epoch"])}
    return found
