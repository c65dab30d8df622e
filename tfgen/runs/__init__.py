"""Run directories, and what is done with them: train, evaluate, draw, ship.

What the `tfgen` command does, for Python. Nothing here imports TensorFlow until it is needed.

    run = runs.train(recipe, runs.changed(recipe, {"data": "./photos", "size": (64, 64)}), "run")
    trained = runs.open_trained("run")            # or a preset, or a .keras file
    runs.evaluate(trained)
    runs.sample(trained.load(), "samples.png")
"""

from tfgen.runs.directory import Run
from tfgen.runs.draw import reconstruct, sample, tell
from tfgen.runs.evaluate import evaluate, quality
from tfgen.runs.settings import changed
from tfgen.runs.ship import export
from tfgen.runs.train import Interrupted, check, train
from tfgen.runs.trained import Trained, open_trained
from tfgen.runs.walk import traverse

__all__ = ["Interrupted", "Run", "Trained", "changed", "check", "evaluate", "export",
           "open_trained", "quality", "reconstruct", "sample", "tell", "train",
           "traverse"]  # fmt: skip
