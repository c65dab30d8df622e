"""What is done with a run: train it, judge it, sample from it, export it.

TensorFlow is imported by the functions here, not with the module.
"""

import contextlib
import dataclasses
import sys
import tempfile
from pathlib import Path

from tfgen.files import new_file
from tfgen.runs import write_json

DEFAULT_MODES = ("float32", "float16", "dynamic_int8", "int8", "int16x8")


def train(run, data_dir=None):
    """Train the run's recipe from where it stopped; return the model, saved in the run."""
    import keras

    from tfgen import callbacks

    settings, recipe = run.settings, run.recipe
    strategy = _strategy(settings.strategy)  # first: several workers must meet before any other
    keras.utils.set_random_seed(settings.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if settings.mixed_precision else "float32")
    first_epoch = callbacks.Backup.completed_epochs(run.directory / "backup")
    with strategy.scope(), _own_directory(run, strategy) as directory:
        training_data, steps = _training_data(run, data_dir, first_epoch)
        model = recipe.build(settings, steps)
        model.fit(
            training_data,
            epochs=settings.epochs,
            steps_per_epoch=steps,
            initial_epoch=first_epoch,
            validation_data=recipe.dataset("test", settings, data_dir, 0),
            validation_freq=recipe.every,
            callbacks=_callbacks(run, model, directory),
            verbose=_verbosity() if _is_chief(strategy) else 0,
        )
        with new_file(directory / run.model_path.name) as beside:
            model.save(beside)
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
    """Draw `count` samples to a PNG file."""
    from tfgen import plots

    examples = model.sample(count, seed=seed, labels=_labels(model, count, label))
    plots.save(plots.samples(examples, value_range=model.value_range), path)


def traverse(model, path, label=None):
    """Draw a row of images for each latent dimension to a PNG file."""
    from tfgen import plots

    def decode(z):
        return model.decode_images(z, _labels(model, len(z), label))

    plots.save(plots.traversal(decode, model.latent_dim, value_range=model.value_range), path)


def reconstruct(model, dataset, path):
    """Draw test images above their reconstructions to a PNG file."""
    from tfgen import plots

    batch = next(iter(dataset))
    images, labels = batch if isinstance(batch, tuple) else (batch, None)
    images, labels = images[:30], None if labels is None else labels[:30]
    pairs = plots.reconstructions(
        images, model.reconstruct(images, labels), value_range=model.value_range
    )
    plots.save(pairs, path)


def export(model, directory, targets=("saved_model", "tflite"), modes=DEFAULT_MODES, page=None):
    """Write the artefacts and their report, which is returned; `page` are settings of `to_web`."""
    from tfgen import export as exporting

    directory, files, saved_model = Path(directory), (), None
    if "web" in targets:  # first, for it may miss its runtime
        exporting.to_web(model, directory / "web", mode=modes[0], **(page or {}))
        files = [directory / "web" / f"{modes[0]}.tflite"]
    if "saved_model" in targets:
        saved_model = exporting.to_saved_model(model, directory / "saved_model")
    if "tflite" in targets:
        files = exporting.to_tflite(model, directory / "tflite", modes=modes)
    return exporting.verify(model, files, saved_model=saved_model, directory=directory)


def _training_data(run, data_dir, first_epoch):
    """Return endless batches from where `first_epoch` begins, and the steps of an epoch.

    Epochs may be shortened, and then several make one pass over the data.
    """

    def passes(first):
        return run.recipe.dataset("train", run.settings, data_dir, first)

    data = passes(first_epoch)  # which is right but for shortened epochs
    whole = int(data.cardinality())
    steps = run.settings.steps_per_epoch or whole
    first_pass, seen = divmod(first_epoch * steps, whole)
    data = data if first_pass == first_epoch else passes(first_pass)
    return data.repeat().skip(seen), steps


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


def _callbacks(run, model, directory):
    """What runs between epochs, and writes to `directory`."""
    import keras

    from tfgen import callbacks

    every, samples, logs = run.recipe.every, directory / "samples", directory / "logs"
    count = 2_000 if run.recipe.modality == "points" else 64
    pictures = [callbacks.SampleGrid(samples, count, every=every, tensorboard=logs)]
    if hasattr(model, "encode"):  # units that the model learned to mean something
        pictures += [callbacks.Traversal(samples, every=every), callbacks.CollapseWarning()]
    return [
        callbacks.StopOnNaN(),
        callbacks.HistoryFile(logs / "history.csv"),
        keras.callbacks.TensorBoard(logs, write_graph=False, update_freq="epoch"),
        *pictures,
        # Last, so that an epoch that is kept has its pictures and its line of history.
        callbacks.Backup(run.directory / "backup", every=every),
    ]


@contextlib.contextmanager
def _own_directory(run, strategy):
    """Yield where this worker writes: the chief in the run, the others where it is thrown away.

    All workers do all the work, since some variables can only be read by all of them together.
    """
    if _is_chief(strategy):
        yield run.directory
        return
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory)


def _strategy(name):
    import tensorflow as tf

    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


def _verbosity():
    return 1 if sys.stdout.isatty() else 2  # a bar, or one line an epoch


def _is_chief(strategy):
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_type or resolver.task_id == 0


def _training_seconds(history):
    import csv

    if not history.is_file():
        return None
    with history.open(newline="") as file:
        return round(sum(float(row["seconds"]) for row in csv.DictReader(file)), 1)
