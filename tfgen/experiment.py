"""What is done with a run: train it, judge it, sample from it, export it.

TensorFlow is imported by the functions here, not with the module.
"""

import contextlib
import dataclasses
import os
import sys
from pathlib import Path

from tfgen.runs import write_json

DEFAULT_MODES = ("float32", "float16", "dynamic_int8", "int8", "int16x8")


def resolve_data_dir(data_dir):
    """Return where data sets are: as given, else TFDS_DATA_DIR, else ../shared/tfds, else None."""
    nearby = Path("../shared/tfds")
    return data_dir or os.environ.get("TFDS_DATA_DIR") or (str(nearby) if nearby.is_dir() else None)


def train(run, data_dir=None):
    """Train the run's recipe from where it stopped; return the model, saved in the run."""
    import keras

    from tfgen import callbacks

    settings, recipe = run.settings, run.recipe
    keras.utils.set_random_seed(settings.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if settings.mixed_precision else "float32")
    strategy = _strategy(settings.strategy)
    first_epoch = callbacks.Backup.completed_epochs(run.directory / "backup")
    with strategy.scope():
        training_data = recipe.dataset("train", settings, data_dir, first_epoch)
        steps = settings.steps_per_epoch or int(training_data.cardinality())
        model = recipe.build(settings, steps)
        model.fit(
            training_data.take(steps),
            epochs=settings.epochs,
            initial_epoch=first_epoch,
            validation_data=recipe.dataset("test", settings, data_dir, 0),
            validation_freq=recipe.every,
            callbacks=_callbacks(run, _is_chief(strategy)),
            verbose=1 if sys.stdout.isatty() else 2,  # a bar, or one line an epoch
        )
    if _is_chief(strategy):
        _save(model, run.model_path)
    return model


def evaluate(run, data_dir=None):
    """Judge the trained model by the recipe's protocol; return and write `metrics.json`."""
    model = run.load()
    test = run.recipe.dataset("test", run.settings, data_dir, 0)
    metrics = {
        "recipe": run.recipe.name,
        "split": "test",
        **run.recipe.judge(model, test),
        "training_seconds": _training_seconds(run.directory / "logs" / "history.csv"),
        **dataclasses.asdict(run.settings),
    }
    write_json(run.directory / "metrics.json", metrics)
    return metrics


def sample(model, count, seed, path, label=None):
    """Draw a grid of `count` samples to a PNG file."""
    from tfgen import plots

    plots.save_grid(model.sample(count, seed=seed, labels=_labels(model, count, label)), path)


def traverse(model, path, label=None):
    """Draw a row of images for each latent dimension to a PNG file."""
    from tfgen import plots

    def decode(z):
        return model.decode_images(z, _labels(model, len(z), label))

    plots.save(plots.traversal(decode, model.latent_dim), path)


def reconstruct(model, dataset, path):
    """Draw test images above their reconstructions to a PNG file."""
    from tfgen import plots

    batch = next(iter(dataset))
    images, labels = batch if isinstance(batch, tuple) else (batch, None)
    images, labels = images[:30], None if labels is None else labels[:30]
    plots.save(plots.reconstructions(images, model.reconstruct(images, labels)), path)


def export(model, directory, targets=("saved_model", "tflite"), modes=DEFAULT_MODES):
    """Write the artefacts and `report.json` and `report.md`; return the report."""
    from tfgen import export as exporting

    directory, files, saved_model = Path(directory), (), None
    if "saved_model" in targets:
        saved_model = exporting.to_saved_model(model, directory / "saved_model")
    if "tflite" in targets:
        files = exporting.to_tflite(model, directory / "tflite", modes=modes)
    return exporting.verify(model, files, saved_model=saved_model, directory=directory)


def _labels(model, count, label):
    """One label for all, or the classes in turn; None for a model without classes."""
    if model.num_classes is None:
        if label is not None:
            raise ValueError(
                f"--label {label} was given: this model is not class-conditional. Leave it out."
            )
        return None
    if label is not None and not 0 <= label < model.num_classes:
        raise ValueError(f"--label {label} was given: expected 0 to {model.num_classes - 1}.")
    import numpy as np

    return np.arange(count) % model.num_classes if label is None else np.full(count, label)


def _callbacks(run, is_chief):
    """What runs between epochs; workers other than the chief only restore."""
    import keras

    from tfgen import callbacks

    backup = callbacks.Backup(run.directory / "backup")
    stop = callbacks.StopOnNaN()
    if not is_chief:
        return [stop, backup]
    samples, logs = run.directory / "samples", run.directory / "logs"
    return [
        stop,
        callbacks.HistoryFile(logs / "history.csv"),
        keras.callbacks.TensorBoard(logs, write_graph=False, update_freq="epoch"),
        callbacks.SampleGrid(samples, every=run.recipe.every, tensorboard=logs),
        callbacks.Traversal(samples, every=run.recipe.every),
        callbacks.CollapseWarning(),
        backup,  # last, so that an epoch that is kept has its pictures and its line of history
    ]


def _strategy(name):
    import tensorflow as tf

    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


def _is_chief(strategy):
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_type or resolver.task_id == 0


def _save(model, path):
    """Save beside and rename in, so that model.keras is a whole model whenever it is there."""
    beside = path.with_name(f".part.{path.name}")
    with contextlib.ExitStack() as cleanup:
        cleanup.callback(beside.unlink, missing_ok=True)
        model.save(beside)
        os.replace(beside, path)


def _training_seconds(history):
    import csv

    if not history.is_file():
        return None
    with history.open(newline="") as file:
        return round(sum(float(row["seconds"]) for row in csv.DictReader(file)), 1)
