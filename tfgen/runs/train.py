"""Training: everything is checked before the first file is written."""

import contextlib
import dataclasses
import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tfgen.files import new_file
from tfgen.progress import lasting_output
from tfgen.recipes import Recipe, Settings
from tfgen.runs import begin, sources, strategies, tokenizers
from tfgen.runs.directory import Run
from tfgen.runs.few import few
from tfgen.runs.lock import check_free, locked
from tfgen.runs.settings import check as check_settings

_ALARM_EXAMPLES = 512  # of the test set, for callbacks
_NAMES = {"image": "a folder, a .npy or .npz file", "text": "a text file, a folder of them"}


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while training; the message says what is kept."""


def train(
    recipe: Recipe,
    settings: Settings,
    directory: str | os.PathLike,
    *,
    data_dir: str | None = None,
    tokenizer: str | os.PathLike | None = None,
    begin_from: str | os.PathLike | None = None,
    say: Callable[[str], Any] = print,
) -> Run:
    """Train a recipe in a directory, or resume there what was stopped; return the run.

    All that can be wrong is found before anything is written. Recipes that need a tokenizer train
    that first, in `directory/tokenizer`.

    Args:
        recipe: what to train.
        settings: see `changed`.
        directory: of the run; made if need be.
        data_dir: folder of the TFDS data sets.
        tokenizer: the run of a trained tokenizer, to be copied, or None to train one.
        begin_from: a run, preset or `.keras` file of the same architecture, to go on from.
        say: told in a line what was found.

    Raises:
        ValueError: for settings, data, a tokenizer or weights that do not fit, and where
            `directory` holds another run or other files.
        BlockingIOError: while another process trains there.
        Interrupted: for Ctrl-C.

    Example:
        >>> from tfgen import recipes
        >>> train(recipes.get("digits-vae"), recipes.get("digits-vae").settings, "/dev/null/x")
        Traceback (most recent call last):
        NotADirectoryError: /dev/null/x cannot be made: /dev/null is a file. ...
    """
    run = check(recipe, settings, directory, tokenizer=tokenizer, begin_from=begin_from)
    settings = run.settings
    if run.trained:
        say(f"{directory} is trained already.")
        return Run.open(directory)
    with lasting_output():
        if recipe.tokenizer and tokenizer is None and begin_from is None:
            training_data(recipe, sources.opened(recipe, settings, data_dir), settings, 0)
            tokenizers.prepare(run, data_dir, say, train)
        return _trained(run, data_dir, tokenizer, begin_from, say)


def check(
    recipe: Recipe,
    settings: Settings,
    directory: str | os.PathLike,
    *,
    tokenizer: str | os.PathLike | None = None,
    begin_from: str | os.PathLike | None = None,
) -> Run:
    """Find what `train` would refuse and is quick to see, without TensorFlow; return the run.

    Raises:
        ValueError: as `train` does.
        OSError: likewise.
    """
    settings = tokenizers.inherited(recipe, settings, tokenizer)
    check_settings(settings)
    _check_data_given(recipe, settings)
    strategies.check_cluster(settings.strategy)
    run = Run(directory, recipe, settings, begin.facts(begin_from))
    tokenizers.check(run, tokenizer)
    run.check()
    check_free(directory)
    return run


def _trained(run, data_dir, tokenizer, begin_from, say):
    """Build everything, then write recipe.json, then train."""
    import keras

    from tfgen import callbacks

    settings, recipe = run.settings, run.recipe
    strategy = strategies.strategy(settings.strategy)  # first: workers must meet before any other
    chief = strategies.is_chief(strategy)
    keras.utils.set_random_seed(settings.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if settings.mixed_precision else "float32")
    known = sources.tokenizer_to_go_on_with(run, begin_from)
    source = sources.opened(recipe, settings, data_dir, known)
    settings = dataclasses.replace(settings, data=source.name)
    run = Run(run.directory, recipe, settings, {**run.facts, "source": _facts(source)})
    first_epoch = callbacks.Backup.completed_epochs(run.backups)
    data, steps = training_data(recipe, source, settings, first_epoch)
    with strategy.scope():
        below = tokenizers.loaded(run, tokenizer, begin_from)
        model = recipe.build(settings, source.spec, steps, *below)
        if first_epoch == 0:
            begin.take_weights(model, begin_from)
    with contextlib.ExitStack() as stack:
        if chief:
            stack.enter_context(locked(run.directory, "trains"))
            run.check()  # again: another process may have begun meanwhile
            _announce(say, source, model, steps)
        own = stack.enter_context(strategies.own_directory(run.directory, chief))
        test = recipe.batches(source, "test", settings, 0)
        listening = _callbacks(run, source, model, test, steps, first_epoch, own, chief)
        if chief:
            tokenizers.adopt(run, tokenizer)
            run.begin()
        with strategy.scope():
            _fit(run, model, data, test, steps, first_epoch, listening)
        with new_file(own / run.model_path.name) as beside:
            model.save(beside)
        if chief:
            run.end()
    return run


def _fit(run, model, data, test, steps, first_epoch, listening):
    import tensorflow as tf

    try:
        model.fit(
            data,
            epochs=run.settings.epochs,
            steps_per_epoch=steps,
            initial_epoch=first_epoch,
            validation_data=test,
            validation_freq=run.recipe.every,
            callbacks=listening,
            verbose=0,
        )
    except tf.errors.ResourceExhaustedError as error:
        if "No space left" in error.message:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(run.directory)) from error
        raise MemoryError(
            f"A batch of {run.settings.batch_size} needs more memory than there is. Set "
            "--batch-size lower, into a new directory."
        ) from error
    except KeyboardInterrupt:
        from tfgen.callbacks import Backup

        kept = Backup.completed_epochs(run.backups)
        raise Interrupted(
            f"Stopped; {kept} of {run.settings.epochs} epochs are kept. "
            "The same command resumes there."
        ) from None


def training_data(recipe: Recipe, source: Any, settings: Settings, first_epoch: int) -> tuple:
    """Return endless batches from where `first_epoch` begins, and the steps of an epoch.

    Epochs may be shortened, and then several make one pass over the data.

    Raises:
        ValueError: for data that do not fill one batch.
    """

    def passes(first):
        return recipe.batches(source, "train", settings, first)

    data = passes(first_epoch)  # which is right but for shortened epochs
    whole = int(data.cardinality())
    if whole == 0:
        count = source.spec.counts["train"]
        raise ValueError(
            f"{source.name} has {count:,} examples to train on: expected a batch of "
            f"{settings.batch_size} at least. Set --batch-size {count} or less."
        )
    steps = settings.steps_per_epoch or whole
    first_pass, seen = divmod(first_epoch * steps, whole)
    data = data if first_pass == first_epoch else passes(first_pass)
    return data.repeat().skip(seen), steps


def _callbacks(run, source, model, test, steps, first_epoch, directory, chief):
    """What runs between epochs, and writes to `directory`."""
    import keras

    from tfgen import callbacks
    from tfgen.runs.epochs import Epochs

    recipe, logs = run.recipe, directory / "logs"
    return [
        callbacks.StopOnNaN(),
        *_watched(run, source, model, directory),
        callbacks.HistoryFile(logs / "history.csv"),
        keras.callbacks.TensorBoard(logs, write_graph=False, update_freq="epoch"),
        *model.suited_callbacks(
            few(test, _ALARM_EXAMPLES)[0], directory / "samples", recipe.every, tensorboard=logs
        ),
        # Last, so that an epoch that is kept has its pictures and its line of history.
        callbacks.Backup(run.backups, every=recipe.every),
        *([Epochs(run.settings.epochs, steps, first_epoch)] if chief else []),
    ]


def _watched(run, source, model, directory):
    if run.recipe.watch is None:
        return []
    from tfgen import callbacks
    from tfgen.recipes import judging

    recipe = run.recipe
    evidence = judging.evidence(recipe, source, run.settings, directory)
    watch = recipe.watch(model, evidence)
    return [] if watch is None else [callbacks.Judgement(watch, recipe.every)]


def _announce(say, source, model, steps):
    """Say what was found, before the first step."""
    weights = model.count_params()
    say(f"{source.describe()}; {steps:,} steps an epoch, {weights:,} parameters")
    for note in source.notes:
        say(f"  {note}")


def _facts(source):
    spec = source.spec
    return {
        "name": source.name,
        "kind": spec.kind.about(),
        "shape": list(spec.shape),
        "classes": list(spec.classes),
        "counts": dict(spec.counts),
    }


def _check_data_given(recipe, settings):
    if settings.data is None:
        raise ValueError(
            f"{recipe.name} trains on data of yours: expected {recipe.kind}s. Name some by --data: "
            f"{_NAMES.get(recipe.kind, _NAMES['image'])}, or a TensorFlow Datasets name."
        )
    from_disk = Path(str(settings.data)).expanduser()
    if str(settings.data).startswith((".", "/", "~")) and not from_disk.exists():
        raise FileNotFoundError(f"--data {settings.data} is not there. Check the path.")
