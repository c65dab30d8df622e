"""Makes presets of trained runs: `python tests/benchmarks/make_presets.py RUN ... [--into FOLDER]`.

Runs must have been judged by `tfgen evaluate`: a preset says what was measured.
"""

import argparse
import hashlib
import json
import os
import tempfile
from pathlib import Path

from tfgen.files import write_files
from tfgen.presets import FOLDER
from tfgen.runs.description import described, versions
from tfgen.runs.directory import Run

LICENCE = "Apache-2.0"
DATA = {  # whose licences a list of numbers that was learned from them does not inherit, but names
    "mnist": "MNIST, LeCun, Cortes and Burges, CC BY-SA 3.0",
    "cifar10": "CIFAR-10, Krizhevsky 2009",
}


def make(directory: str | os.PathLike, into: str | os.PathLike = FOLDER) -> Path:
    """Write the preset of a run: its model without optimizers, and what is known of it.

    Returns:
        The path of the `.keras` file.

    Raises:
        FileNotFoundError: for a run that is not trained, or was not judged.
        ValueError: for a run in mixed precision.
    """
    run, into = Run.open(directory), Path(into)
    run.check_trained()
    if run.settings.mixed_precision:
        raise ValueError(f"{directory} was trained in mixed precision: expected float32.")
    measured = _measured(run)
    content = _without_optimizers(run.model_path)
    trained = json.loads((run.directory / "recipe.json").read_text(encoding="utf-8"))
    about = {
        "name": run.recipe.name,
        "recipe": run.recipe.name,
        "settings": described(run.recipe, run.settings)["settings"],
        "seed": run.settings.seed,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "measured": measured,
        "versions": {"trained": trained["versions"], "saved": versions()},
        "licence": LICENCE,
        "data": DATA.get(str(run.settings.data), str(run.settings.data)),
    }
    path = into / f"{run.recipe.name}.keras"
    told = json.dumps(about, indent=2) + "\n"
    write_files({path: content, path.with_suffix(".json"): told.encode()})
    return path


def _without_optimizers(path):
    import keras

    from tfgen.loading import load_model

    with tempfile.TemporaryDirectory() as directory:
        beside = Path(directory) / "model.keras"
        keras.config.set_dtype_policy("float32")
        load_model(path, compile=False).save(beside)
        return beside.read_bytes()


def _measured(run):
    path = run.directory / "metrics.json"
    if not path.is_file():
        raise FileNotFoundError(
            f"{run.directory} holds no metrics.json: expected a run that was judged. Run `tfgen "
            f"evaluate {run.directory}` first."
        )
    told = json.loads(path.read_text(encoding="utf-8"))
    settings = {"recipe", "epochs", "batch_size", "seed", "steps_per_epoch", "strategy",
                "mixed_precision", "data", "size", "holdout", *run.settings.options}  # fmt: skip
    return {name: value for name, value in told.items() if name not in settings}


def main() -> None:
    """Make presets of the runs on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, default=FOLDER)
    arguments = parser.parse_args()
    for directory in arguments.runs:
        path = make(directory, arguments.into)
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
