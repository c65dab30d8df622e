"""Pictures, sounds or texts while training: samples, and what each latent unit does."""

import os
import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import kinds, plots
from tfgen.callbacks.every import checked_every
from tfgen.labels import in_turn

_COLUMNS = 20  # at most: with more classes, samples are in rows of any length


class _Sheets(keras.callbacks.Callback):
    """Calls `draw(epoch)` every few epochs; a subclass names the method it `needs` of the model."""

    needs: str

    def __init__(
        self, directory: str | os.PathLike, every: int, value_range: tuple[float, float] | None
    ):
        super().__init__()
        self.every = checked_every(self, every)
        self.directory = pathlib.Path(directory)
        self._kind = None if value_range is None else kinds.Image(value_range)

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Find out now, not after an epoch, what would not work."""
        if not hasattr(self.model, self.needs):
            raise TypeError(
                f"{type(self).__name__} received a {type(self.model).__name__}, which has no "
                f"method `{self.needs}`: expected a generative model. Define the method, or drop "
                "the callback."
            )
        self.directory.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Draw, if it is time."""
        if (epoch + 1) % self.every == 0:
            self.draw(epoch)

    def draw(self, epoch: int) -> None:
        """Write the sheet of an epoch, counted from 0."""
        raise NotImplementedError

    @property
    def kind(self) -> kinds.Kind:
        """What examples are: the model's own kind, if none was given."""
        return self._kind or getattr(self.model, "kind", None) or kinds.Image()

    def _path(self, epoch, name="epoch"):
        return self.directory / f"{name}-{epoch + 1:04d}{self.kind.suffix}"


class SampleGrid(_Sheets):
    """Writes a sheet of samples at the end of each epoch: `directory/epoch-0007.png`.

    The seed stays the same, so that the files make a film of one set of latents. Models with
    classes are asked for each in turn, one class a column.

    Args:
        directory: where the files go; made if need be.
        count: number of samples; by default as many as make a good sheet of their kind.
        seed: seed of the samples, an int.
        every: number of epochs from one sheet to the next.
        tensorboard: a TensorBoard log directory to write the sheets to as well, or None.
        value_range: of images: the values shown black and white; the model's own by default.

    Raises:
        ValueError: if `every` is less than 1.
        TypeError: at the start of training, for a model without `sample(count, seed=...)`.
    """

    needs = "sample"

    def __init__(
        self,
        directory: str | os.PathLike,
        count: int | None = None,
        seed: int = 0,
        *,
        every: int = 1,
        tensorboard: str | os.PathLike | None = None,
        value_range: tuple[float, float] | None = None,
    ):
        super().__init__(directory, every, value_range)
        self.count, self.seed = count, seed
        self._tensorboard = tensorboard
        self._writer = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Find out now, not after an epoch, what would not work."""
        super().on_train_begin(logs)
        if self._tensorboard is not None:
            self._writer = tf.summary.create_file_writer(str(self._tensorboard))

    def draw(self, epoch: int) -> None:
        """Draw the samples and write the sheet."""
        count = self.count or self.kind.sheet_size
        classes = getattr(self.model, "num_classes", None)
        labels = {"labels": in_turn(count, classes)} if classes else {}
        examples = self.model.sample(count, seed=self.seed, **labels)
        sheet = self.kind.samples(examples, class_columns(classes))
        self.kind.write(sheet, self._path(epoch))
        if self._writer is not None:
            with self._writer.as_default():
                self.kind.log(sheet, "samples", epoch)
            self._writer.flush()

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        """Close the TensorBoard file."""
        if self._writer is not None:
            self._writer.close()


def class_columns(num_classes: int | None, most: int = _COLUMNS) -> int | None:
    """Return the columns of a sheet of samples of all classes in turn, so that each has a class.

    None, for a sheet of any shape, without classes or with more than `most`.
    """
    return num_classes if num_classes and num_classes <= most else None


class Reconstructions(_Sheets):
    """Writes examples beside their reconstructions: `directory/epoch-0007.png`.

    Args:
        directory: where the files go; made if need be.
        images: float `[count, ...]`, better of the test set.
        every: number of epochs from one sheet to the next.
        value_range: of images: the values shown black and white; the model's own by default.

    Raises:
        ValueError: if `every` is less than 1.
        TypeError: at the start of training, for a model without `reconstruct(images)`.
    """

    needs = "reconstruct"

    def __init__(
        self,
        directory: str | os.PathLike,
        images: ArrayLike,
        every: int = 1,
        *,
        value_range: tuple[float, float] | None = None,
    ):
        super().__init__(directory, every, value_range)
        self.images = images

    def draw(self, epoch: int) -> None:
        """Reconstruct the examples and write the sheet."""
        reconstructed = self.model.reconstruct(self.images)
        self.kind.write(self.kind.pairs(self.images, reconstructed), self._path(epoch))


class Traversal(_Sheets):
    """Writes what each latent unit does, `directory/traversal-0007.png`: see `plots.traversal`.

    Args:
        directory: where the files go; made if need be.
        every: number of epochs from one sheet to the next.
        units: the latent units to show, ints; all by default.
        label: the class to show, for models with classes.
        value_range: of images: the values shown black and white; the model's own by default.

    Raises:
        ValueError: if `every` is less than 1.
        TypeError: at the start of training, for a model without
            `decode_examples(z, labels=None) -> [batch, ...]`.
    """

    needs = "decode_examples"

    def __init__(
        self,
        directory: str | os.PathLike,
        every: int = 1,
        *,
        units: Sequence[int] | None = None,
        label: int = 0,
        value_range: tuple[float, float] | None = None,
    ):
        super().__init__(directory, every, value_range)
        self.units, self.label = units, label

    def draw(self, epoch: int) -> None:
        """Decode the traversal and write the sheet."""
        sheet = plots.traversal(
            self._decode, self.model.latent_dim, units=self.units, kind=self.kind
        )
        self.kind.write(sheet, self._path(epoch, "traversal"))

    def _decode(self, z):
        if getattr(self.model, "num_classes", None):
            return self.model.decode_examples(z, labels=np.full(len(z), self.label, np.int32))
        return self.model.decode_examples(z)
