"""Callbacks for `fit`: pictures while training, alarms, and backups that survive a crash."""

import csv
import io
import os
import pathlib
import re
import time

import h5py
import keras
import numpy as np
import tensorflow as tf

from tfgen import plots
from tfgen.files import write_files

_MOST_COLUMNS = 20  # class-conditional grids show one class a column up to so many


class SampleGrid(keras.callbacks.Callback):
    """Writes a grid of samples at the end of each epoch: `directory/epoch-0007.png`.

    The seed stays the same, so that the files make a film of one set of latents. Models with
    classes are asked for each in turn, one class a column.

    Args:
        directory: where the pictures go; made if need be.
        count: number of samples.
        seed: seed of the samples, an int.
        every: number of epochs from one picture to the next.
        tensorboard: a TensorBoard log directory to write the pictures to as well, or None.
        value_range: the values shown black and white.

    Raises:
        ValueError: if `every` is less than 1.
        TypeError: at the start of training, for a model without `sample(count, seed=...)`.
    """

    def __init__(
        self, directory, count=64, seed=0, *, every=1, tensorboard=None, value_range=(0.0, 1.0)
    ):
        super().__init__()
        self.every = _checked_every(self, every)
        self.directory = pathlib.Path(directory)
        self.count = count
        self.seed = seed
        self.value_range = value_range
        self._tensorboard = tensorboard
        self._writer = None

    def on_train_begin(self, logs=None):
        """Find out now, not after an epoch, what would not work."""
        _require(self.model, "sample", self)
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._tensorboard is not None:
            self._writer = tf.summary.create_file_writer(str(self._tensorboard))

    def on_epoch_end(self, epoch, logs=None):
        """Draw the samples and write the picture."""
        if (epoch + 1) % self.every:
            return
        classes = getattr(self.model, "num_classes", None)
        labels = {"labels": np.arange(self.count, dtype=np.int32) % classes} if classes else {}
        images = self.model.sample(self.count, seed=self.seed, **labels)
        columns = classes if classes and classes <= _MOST_COLUMNS else None
        picture = plots.image_grid(images, columns, self.value_range)
        plots.save(picture, _picture_path(self.directory, epoch))
        if self._writer is not None:
            with self._writer.as_default():
                tf.summary.image("samples", picture[None], step=epoch)
            self._writer.flush()

    def on_train_end(self, logs=None):
        """Close the TensorBoard file."""
        if self._writer is not None:
            self._writer.close()


class Traversal(keras.callbacks.Callback):
    """Writes what each latent unit does, `directory/traversal-0007.png`: see `plots.traversal`.

    Args:
        directory: where the figures go; made if need be.
        every: number of epochs from one figure to the next.
        units: the latent units to show, ints; all by default.
        label: the class to show, for models with classes.
        value_range: the values shown black and white.

    Raises:
        ValueError: if `every` is less than 1.
        TypeError: at the start of training, for a model without
            `decode_images(z, labels=None) -> [batch, height, width, channels]`.
    """

    def __init__(self, directory, every=1, *, units=None, label=0, value_range=(0.0, 1.0)):
        super().__init__()
        self.directory = pathlib.Path(directory)
        self.every = _checked_every(self, every)
        self.units = units
        self.label = label
        self.value_range = value_range

    def on_train_begin(self, logs=None):
        """Find out now, not after an epoch, what would not work."""
        _require(self.model, "decode_images", self)
        self.directory.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch, logs=None):
        """Decode the traversal and write the figure."""
        if (epoch + 1) % self.every == 0:
            figure = plots.traversal(
                self._decode, self.model.latent_dim, units=self.units, value_range=self.value_range
            )
            plots.save(figure, _picture_path(self.directory, epoch, "traversal"))

    def _decode(self, z):
        if getattr(self.model, "num_classes", None):
            return self.model.decode_images(z, labels=np.full(len(z), self.label, np.int32))
        return self.model.decode_images(z)


class HistoryFile(keras.callbacks.Callback):
    """Writes a line of numbers for each epoch to a CSV file, with the seconds that it took.

    Use it instead of keras.callbacks.CSVLogger where training resumes, or where only some epochs
    validate: lines of epochs that are trained again are replaced, and every number keeps its
    column.

    Args:
        path: the CSV file; its folder is made if need be.
    """

    def __init__(self, path):
        super().__init__()
        self.path = pathlib.Path(path)
        self._rows, self._began = None, 0.0

    def on_epoch_begin(self, epoch, logs=None):
        """Drop lines of epochs that lie ahead, and note the time."""
        if self._rows is None:
            self._rows = [row for row in self._read() if int(row["epoch"]) <= epoch]
        self._began = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        """Write the line of this epoch."""
        seconds = round(time.monotonic() - self._began, 3)
        self._rows.append({"epoch": epoch + 1, "seconds": seconds, **(logs or {})})
        columns = list(dict.fromkeys(name for row in self._rows for name in row))
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self._rows)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_files({self.path: text.getvalue().encode()})

    def on_train_end(self, logs=None):
        """Forget the lines: another `fit` reads them again."""
        self._rows = None

    def _read(self):
        if not self.path.is_file():
            return []
        with self.path.open(newline="") as file:
            return [{k: v for k, v in row.items() if v} for row in csv.DictReader(file)]


class CollapseWarning(keras.callbacks.Callback):
    """Says so, once and in one line, when a model ignores most of its latents.

    It watches `val_active_units`, or else `active_units`: how many units carry information.

    Args:
        min_active: the least share of `model.latent_dim` that should be active, in (0, 1].
        warm_up: epochs to wait before the first judgement.

    Raises:
        ValueError: if `min_active` is outside (0, 1].

    Reference:
        Burda et al. 2015, "Importance weighted autoencoders", section 4.2 (active units).
    """

    def __init__(self, min_active=0.1, warm_up=5):
        super().__init__()
        if not 0.0 < min_active <= 1.0:
            raise ValueError(
                f"CollapseWarning received min_active={min_active}: expected a share in (0, 1]. "
                "Set min_active=0.1 for a tenth of the latent units."
            )
        self.min_active = min_active
        self.warm_up = warm_up
        self._since = None
        self._said = False

    def on_epoch_end(self, epoch, logs=None):
        """Judge the logged number of active units."""
        logs = logs or {}
        name = "val_active_units" if "val_active_units" in logs else "active_units"
        if name not in logs:  # validation may run in some epochs only
            return
        active, latent_dim = float(logs[name]), self.model.latent_dim
        if active >= self.min_active * latent_dim:
            self._since = None
            return
        self._since = self._since or epoch + 1
        if epoch + 1 > self.warm_up and not self._said:
            self._said = True
            print(
                f"\nPosterior collapse: {active:.0f} of {latent_dim} latent units are active "
                f"({name}) since epoch {self._since}. Try a warm-up of the rate, free bits, or a "
                "likelihood with a learned scale."
            )


class StopOnNaN(keras.callbacks.Callback):
    """Stops training with an error as soon as a logged quantity or a weight is not finite.

    It raises instead of setting `stop_training`, since Keras would then still end the epoch, and
    a backup would keep the broken weights. Logged quantities are looked at after every step;
    weights at the end of each epoch, so put it before `Backup` in the list of callbacks.

    Raises:
        FloatingPointError: during `fit`, naming what is not finite and since when.
    """

    def __init__(self):
        super().__init__()
        self._epoch = 0

    def on_epoch_begin(self, epoch, logs=None):
        """Remember the epoch, which later calls are not told."""
        self._epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        """Look at what this step logged."""
        self._check_logs(logs, f"at step {batch + 1} of epoch {self._epoch + 1}")

    def on_epoch_end(self, epoch, logs=None):
        """Look at the validation's results and at the weights that the last step left."""
        when = f"at the end of epoch {epoch + 1}"
        self._check_logs(logs, when)
        for variable in self.model.trainable_variables:
            if not np.isfinite(np.asarray(variable, np.float32)).all():
                raise _not_finite(f"the weight {variable.path}", when)

    def _check_logs(self, logs, when):
        for name, value in (logs or {}).items():
            if not np.isfinite(value).all():
                raise _not_finite(f"{name}={value}", when)


class Backup(keras.callbacks.Callback):
    """Keeps the last two epochs' training state, and restores the last one when training starts.

    Use it instead of keras.callbacks.BackupAndRestore, which can pair the weights of one epoch
    with the number of another, cannot read its own half-written metadata, and deletes its backup
    when training ends. Here one file, `directory/epoch-0012.weights.h5`, is both: it holds the
    state after 12 epochs (weights, optimizers, random state), and it gets its name only once it
    is whole and on disk, so that a crash, a kill or a full disk leaves the former ones as they
    were. A damaged last file is skipped, with one line said, for the one before it.

    `fit` must be told where to go on, as must data that are shuffled by epoch. Whoever forgets
    gets an error, not a wrong run::

        done = Backup.completed_epochs("run/backup")
        model.fit(data(first_epoch=done), initial_epoch=done, epochs=20,
                  callbacks=[StopOnNaN(), Backup("run/backup")])

    The state of other callbacks is not kept. With several workers, the chief alone writes, to a
    directory that all of them can read.

    Args:
        directory: a folder for the backups of this one training; made if need be.

    Raises:
        ValueError: when training starts, if the model was not built, if the backup was made by
            another model, or if `initial_epoch` is not the number of completed epochs.
        OSError: if no backup in the folder is whole, or a new one can't be written.
    """

    def __init__(self, directory):
        super().__init__()
        self.directory = pathlib.Path(directory)
        self._expected_epoch = None

    @staticmethod
    def completed_epochs(directory):
        """Return how many epochs the newest whole backup has behind it; 0 without backups."""
        path = _newest_whole(_backups(directory))
        return 0 if path is None else _epochs(path)

    def on_train_begin(self, logs=None):
        """Restore the newest whole backup, if there is one."""
        if not self.model.built:
            raise ValueError(
                f"Backup({str(self.directory)!r}) received a model that is not built: its weights "
                "don't exist yet. Call it on one batch before fit."
            )
        paths = _backups(self.directory)
        path = _newest_whole(paths)
        if path != (paths[-1] if paths else None):
            print(f"\n{paths[-1]} is damaged: going on from {path.name} instead.")
        if path is not None:
            self._restore(path)
        self._expected_epoch = 0 if path is None else _epochs(path)

    def on_epoch_begin(self, epoch, logs=None):
        """Refuse to train an epoch other than the one that comes next."""
        if self._expected_epoch not in (None, epoch):
            raise ValueError(
                f"Backup({str(self.directory)!r}) has {self._expected_epoch} completed epochs, "
                f"but fit starts with initial_epoch={epoch}: expected {self._expected_epoch}. Set "
                "initial_epoch=Backup.completed_epochs(directory), or choose an empty directory."
            )
        self._expected_epoch = None

    def on_epoch_end(self, epoch, logs=None):
        """Write the new backup, then remove those older than the last two."""
        if not self.model.distribute_strategy.extended.should_checkpoint:
            return
        self._write(self.directory / f"epoch-{epoch + 1:04d}.weights.h5")
        for path in _backups(self.directory)[:-2]:
            path.unlink()

    def _write(self, path):
        beside = self.directory / "unfinished.weights.h5"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.model.save_weights(beside)
            _flush_to_disk(beside)
            beside.replace(path)
            _flush_to_disk(self.directory)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error
            raise OSError(
                f"Backup could not write {path}: {reason}. The backups before it are whole. Free "
                "some space there, then run the same training again."
            ) from error
        finally:  # after an interrupt as well
            beside.unlink(missing_ok=True)

    def _restore(self, path):
        optimizer = self.model.optimizer
        if optimizer is not None and not optimizer.built:  # else its state is passed over
            optimizer.build(self.model.trainable_variables)
        try:
            self.model.load_weights(path)
        except Exception as error:
            raise ValueError(
                f"Backup({str(self.directory)!r}) could not restore {path.name}: it was made by "
                f"another model, or is damaged ({error}). Choose an empty directory, or remove "
                "the file to go on from the one before."
            ) from error


def _backups(directory):
    """Return the paths of all backups, oldest first."""
    paths = [p for p in pathlib.Path(directory).glob("epoch-*.weights.h5") if _epochs(p)]
    return sorted(paths, key=_epochs)


def _epochs(path):
    match = re.fullmatch(r"epoch-(\d+)\.weights\.h5", path.name)
    return int(match.group(1)) if match else 0


def _newest_whole(paths):
    """Return the newest backup that is not cut off; None if there are none at all."""
    for path in reversed(paths):
        try:
            h5py.File(path, "r").close()  # HDF5 compares the length with the one in the header
        except OSError:
            continue
        return path
    if paths:
        raise OSError(
            f"None of the backups in {paths[0].parent} can be read: expected a whole HDF5 file. "
            "Remove them to train from the start."
        )
    return None


def _flush_to_disk(path):
    """Wait until a file's contents, or a folder's names, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _picture_path(directory, epoch, name="epoch"):
    return directory / f"{name}-{epoch + 1:04d}.png"


def _checked_every(callback, every):
    if every < 1:
        name = type(callback).__name__
        raise ValueError(f"{name} received every={every}: expected at least 1. Set every=1.")
    return every


def _require(model, method, callback):
    if not hasattr(model, method):
        raise TypeError(
            f"{type(callback).__name__} received a {type(model).__name__}, which has no method "
            f"`{method}`: expected a generative model. Define the method, or drop the callback."
        )


def _not_finite(what, when):
    return FloatingPointError(
        f"Training stopped {when}: {what} is not finite. Try a lower learning rate or "
        "Adam(clipnorm=1.0), and look for values that are not finite in the data."
    )
