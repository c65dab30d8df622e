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

_NO_PRIOR = (
    "its tokens come from no prior. Train one on them, such as `tfgen train mnist-token-prior "
    "--tokenizer RUN --out NEW`, or use `tfgen reconstruct`"
)


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
        test = recipe.dataset("test", settings, data_dir, 0)
        model = recipe.build(settings, steps, *_tokenizer(run))
        model.fit(
            training_data,
            epochs=settings.epochs,
            steps_per_epoch=steps,
            initial_epoch=first_epoch,
            validation_data=test,
            validation_freq=recipe.every,
            callbacks=_callbacks(run, model, directory, test),
            verbose=_verbosity() if _is_chief(strategy) else 0,
        )
        with new_file(directory / run.model_path.name) as beside:
            model.save(beside)
    return model


def evaluate(run, data_dir=None):
    """Judge the trained model by the recipe's protocol; return and write `metrics.json`."""
    model = run.load()
    test = run.recipe.dataset("test", run.settings, data_dir, 0)
    judged = run.recipe.judge(model, test)
    if "frechet_distance" not in judged:  # judges of digits ask for classes in their own shares
        judged = _quality_of_samples(run, model, data_dir) | judged
    metrics = {
        "recipe": run.recipe.name,
        "split": "test",
        **judged,
        **_of_training(run),
        **dataclasses.asdict(run.settings),
    }
    write_json(run.directory / "metrics.json", metrics)
    return metrics


def sample(model, path, count=64, seed=0, label=None, truncation=None):
    """Draw `count` samples to a PNG file."""
    _require(model, "sample", _NO_PRIOR)
    from tfgen.callbacks.pictures import class_columns

    options = {"labels": _labels(model, count, label)}
    if truncation is not None:
        _require(model, "generator", "--truncation is for GANs. Leave it out")
        options["truncation"] = truncation
    examples = model.sample(count, seed=seed, **options)
    columns = class_columns(model.num_classes) if label is None else None
    model.kind.write(model.kind.samples(examples, columns), path)


WALKS = ("units", "sefa", "ganspace", "arcs")
_ROWS, _COLUMNS = 8, 11  # of a traversal; all units make a row each


def traverse(model, path, label=None, along=None, count=None, seed=None):
    """Draw walks through latent space, a row of images each, to a PNG file.

    Args:
        model: the trained model.
        path: the PNG file.
        label: the class to draw, for a class-conditional model; by default each row has the next.
        along: "units", the default where the model learned what they mean; "sefa", the default for
            GANs, or "ganspace": see `tfgen.gan.latents`; "arcs" between two random latents each.
        count: rows at most; all units, or 8, by default.
        seed: of the latent to start from, which is 0 in every coordinate by default; or of arcs.
    """
    _require(model, "latent_dim", "it has no latent dimensions to walk along. Use `tfgen sample`")
    from tfgen import plots, sampling

    def decode(z):
        rows = _labels(model, len(z) // _COLUMNS, label)
        return model.decode_examples(z, None if rows is None else rows.repeat(_COLUMNS))

    along = along or ("units" if hasattr(model, "encode") else "sefa")
    if along == "arcs":
        arcs = _arcs(model, count or _ROWS, seed or 0)
        model.kind.write(plots.interpolations(decode, arcs, kind=model.kind), path)
        return
    z = None if seed is None else sampling.normal(sampling.seeds(seed, 1), (model.latent_dim,))[0]
    common = {"z": z, "columns": _COLUMNS, "kind": model.kind}
    if along == "units":
        units = range(min(count or model.latent_dim, model.latent_dim))
        picture = plots.traversal(decode, model.latent_dim, units=units, **common)
    else:
        found = _directions(model, along, min(count or _ROWS, model.latent_dim))
        picture = plots.directions(decode, found, **common)
    model.kind.write(picture, path)


def _arcs(model, count, seed):
    """Return latents on arcs between random ones, [count, _COLUMNS, latent_dim]."""
    import numpy as np

    from tfgen import sampling
    from tfgen.gan import latents

    ends = sampling.normal(sampling.seeds(seed, 2 * count), (model.latent_dim,))
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return np.stack([latents.spherical_interpolation(*pair, _COLUMNS) for pair in pairs])


def _directions(model, along, count):
    from tfgen.gan import latents

    generator = getattr(model, "ema_generator", None) or getattr(model, "generator", None)
    if generator is None:
        raise ValueError(
            f"--along {along} was given for a {type(model).__name__}: expected a GAN. "
            "Use --along units."
        )
    if along == "sefa":
        return latents.sefa_directions(generator, count)[0]
    labels = None if model.num_classes is None else _labels(model, 2048, None)
    return latents.ganspace_directions(generator, count=count, labels=labels)[0]


def reconstruct(model, dataset, path):
    """Draw test images above their reconstructions to a PNG file."""
    _require(model, "reconstruct", "it has no encoder. Use `tfgen sample`")
    images, *labels = _first_batch(dataset, 30)
    reconstructed = model.reconstruct(images, *labels)
    model.kind.write(model.kind.pairs(images, reconstructed), path)


def export(model, directory, targets=("saved_model", "tflite"), modes=DEFAULT_MODES, *,
           name=None, kit=False, runtime=None, quality=None, progress=None, endpoints=None,
           fine_tune_steps=0):  # fmt: skip
    """Write the artefacts and `report.json` and `report.md`; return the report.

    Args:
        model: the trained model.
        directory: where they go.
        targets: some of "saved_model", "tflite" and "web".
        modes: of the TFLite files.
        name: of the recipe, by which the artefacts call the model.
        kit: whether to add what serves the SavedModel.
        runtime: that of `tfgen.export.to_web`.
        quality: that of `tfgen.export.verify`.
        progress: likewise.
        endpoints: of the TFLite files; by default `generate`, or `encode` without it, and `decode`.
        fine_tune_steps: that of `tfgen.export.to_tflite`.
    """
    from tfgen import export as exporting

    directory, files, saved_model = Path(directory), (), None
    if "web" in targets:  # first, for it may miss its runtime
        exporting.to_web(model, directory / "web", runtime=runtime, mode=modes[0], title=name)
        files = [directory / "web" / f"{modes[0]}.tflite"]
    if "saved_model" in targets:
        saved_model = exporting.to_saved_model(model, directory / "saved_model", name=name)
    if kit:
        exporting.serving_kit(saved_model, directory / "serving", name)
    if "tflite" in targets:
        first = "generate" if "generate" in model.endpoints() else "encode"
        files = exporting.to_tflite(
            model, directory / "tflite", modes=modes, endpoints=endpoints or (first, "decode"),
            progress=progress, about={"recipe": name}, fine_tune_steps=fine_tune_steps,
        )  # fmt: skip
    return exporting.verify(model, files, saved_model=saved_model, directory=directory,
                            quality=quality, progress=progress)  # fmt: skip


def quality(run, data_dir=None):
    """Return the recipe's quality function of images, or None; OSError without its data."""
    return run.recipe.quality and run.recipe.quality(run.settings, data_dir)


def _quality_of_samples(run, model, data_dir):
    measure = quality(run, data_dir)
    if measure is None:
        return {}
    import numpy as np

    from tfgen.recipes import judging

    images = np.concatenate([*judging.generated(model, judging.SAMPLES, seed=0)])
    return measure(images) | {"samples": len(images)}


def _tokenizer(run):
    """Return the model that the recipe builds upon, in a list; none for most recipes."""
    if run.recipe.tokenizer is None:
        return []
    return [type(run).open(run.tokenizer_directory).load()]


def _require(model, member, otherwise):
    """Raise `ValueError` for a model that a command does not suit."""
    if not hasattr(model, member):
        raise ValueError(f"This run holds a {type(model).__name__}: {otherwise}.")


def _first_batch(dataset, count):
    """Return the first `count` images, and labels where there are any, in a tuple."""
    batch = next(iter(dataset))
    return tuple(part[:count] for part in (batch if isinstance(batch, tuple) else (batch,)))


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


def _callbacks(run, model, directory, test):
    """What runs between epochs, and writes to `directory`; `test` is the test dataset."""
    import keras

    from tfgen import callbacks

    recipe, logs = run.recipe, directory / "logs"
    watched = []
    if recipe.watch:
        name = recipe.watch.__name__
        watched = [callbacks.Judgement(recipe.watch(model, test), recipe.every, name)]
    return [
        callbacks.StopOnNaN(),
        *watched,
        callbacks.HistoryFile(logs / "history.csv"),
        keras.callbacks.TensorBoard(logs, write_graph=False, update_freq="epoch"),
        *_pictures(recipe, model, directory, test),
        *_alarms(recipe, model, test),
        # Last, so that an epoch that is kept has its pictures and its line of history.
        callbacks.Backup(run.directory / "backup", every=recipe.every),
    ]


def _pictures(recipe, model, directory, test):
    from tfgen import callbacks

    samples, every = directory / "samples", recipe.every
    if not hasattr(model, "sample"):  # tokens that come from no prior look like nothing
        return [callbacks.Reconstructions(samples, _first_batch(test, 30)[0], every)]
    pictures = [callbacks.SampleGrid(samples, every=every, tensorboard=directory / "logs")]
    if hasattr(model, "encode"):  # units that the model learned to mean something
        pictures.append(callbacks.Traversal(samples, every=every))
    return pictures


def _alarms(recipe, model, test):
    from tfgen import callbacks

    if hasattr(model, "encode"):
        return [callbacks.CollapseWarning()]
    if hasattr(model, "generator"):
        examples = _first_batch(test, 512)[0]
        return [callbacks.StopOnModeCollapse(examples, every=recipe.every)]
    return []


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


def _of_training(run):
    """Return the seconds of training, and the best of what was watched with its epoch."""
    import csv

    path, watch = run.directory / "logs" / "history.csv", run.recipe.watch
    if not path.is_file():
        return {}
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    found = {"training_seconds": round(sum(float(row["seconds"]) for row in rows), 1)}
    watched = [row for row in rows if watch and row.get(f"val_{watch.__name__}")]
    if watched:
        best = min(watched, key=lambda row: float(row[f"val_{watch.__name__}"]))
        found[f"best_{watch.__name__}"] = float(best[f"val_{watch.__name__}"])
        found["best_epoch"] = int(best["epoch"])
    return found
