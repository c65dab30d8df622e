"""Backups that survive a crash."""

import os
import pathlib
import re
import tempfile

import keras

from tfgen.callbacks import checksums
from tfgen.callbacks.every import checked_every


class Backup(keras.callbacks.Callback):
    """Keeps the last two epochs' training state, and restores the last one when training starts.

    Use it instead of keras.callbacks.BackupAndRestore, which can pair the weights of one epoch
    with the number of another, cannot read its own half-written metadata, and deletes its backup
    when training ends. Here one file, `directory/epoch-0012.weights.h5`, is both: it holds the
    state after 12 epochs (weights, optimizers, random state), and it gets its name only once it
    is whole and on disk, so that a crash, a kill or a full disk leaves the former ones as they
    were. It ends with its own checksum: a last file that was cut off, or of which a bit flipped, is
    skipped, with one line said, for the one before it.

    `fit` must be told where to go on, as must data that are shuffled by epoch. Whoever forgets
    gets an error, not a wrong run::

        done = Backup.completed_epochs("run/backup")
        model.fit(data(first_epoch=done), initial_epoch=done, epochs=20,
                  callbacks=[StopOnNaN(), Backup("run/backup")])

    The state of other callbacks is not kept. With several workers, the chief alone writes, to a
    directory that all of them can read.

    Args:
        directory: a folder for the backups of this one training; made if need be.
        every: number of epochs from one backup to the next; the last epoch is kept in any case.

    Raises:
        ValueError: if `every` is less than 1; when training starts, if the model was not built, if
            the backup was made by another model, or if `initial_epoch` is not the number of
            completed epochs.
        OSError: if no backup in the folder is whole, or a new one can't be written.
    """

    def __init__(self, directory, every=1):
        super().__init__()
        self.directory = pathlib.Path(directory)
        self.every = checked_every(self, every)
        self._expected_epoch, self._unkept_epoch = None, None

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
        """Write a backup if it is time."""
        self._unkept_epoch = epoch
        if (epoch + 1) % self.every == 0:
            self._keep()

    def on_train_end(self, logs=None):
        """Write a backup of the last epoch, if there is none yet."""
        if self._unkept_epoch is not None:
            self._keep()

    def _keep(self):
        """Write the new backup, then remove those older than the last two."""
        epoch, self._unkept_epoch = self._unkept_epoch, None
        if not self.model.distribute_strategy.extended.should_checkpoint:
            self._take_part()
            return
        self._write(self.directory / f"epoch-{epoch + 1:04d}.weights.h5")
        for path in _backups(self.directory)[:-2]:
            path.unlink()

    def _take_part(self):
        """Save to nowhere: some variables can only be read by all workers together."""
        with tempfile.TemporaryDirectory() as directory:
            self.model.save_weights(pathlib.Path(directory) / "worker.weights.h5")

    def _write(self, path):
        beside = self.directory / "unfinished.weights.h5"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self.model.save_weights(beside)
            checksums.sign(beside)
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
    """Return the newest backup that is not damaged; None if there are none at all."""
    for path in reversed(paths):
        if checksums.whole(path):
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
