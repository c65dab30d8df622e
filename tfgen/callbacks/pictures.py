"""Pictures while training: samples, and what each latent unit does."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from tfgen import plots
from tfgen.callbacks.every import checked_every

_MOST_COLUMNS = 20  # class-conditional grids show one class a column up to so many


class SampleGrid(keras.callbacks.Callback):
    """Writes a grid of samples at the end of each epoch: `directory/epoch-0007.png`.

    The seed stays the same, so that the files make a film of one set of latents. Models with
    classes are asked for each in turn, one class a column.

    Args:
        directory: where the pictures go; made if need be.
        count: number of samples; points in the plane are drawn as a scatter of so many.
        seed: seed of the samples, an int.
        every: number of epochs from one picture to the next.
        tensorboard: a TensorBoard log directory to write the pictures to as well, or None.
        value_range: the values shown black and white; the model's own by default.

    Raises:
        ValueError: if `every` is less than 1.
        TypeError: at the start of training, for a model without `sample(count, seed=...)`.
    """

    def __init__(self, directory, count=64, seed=0, *, every=1, tensorboard=None, value_range=None):
        super().__init__()
        self.every = checked_every(self, every)
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
        examples = self.model.sample(self.count, seed=self.seed, **labels)
        columns = classes if classes and classes <= _MOST_COLUMNS else None
        picture = plots.samples(examples, columns, _value_range(self))
        plots.save(picture, _picture_path(self.directory, epoch))
        if self._writer is not None:
            with self._writer.as_default():
                pixels = tf.io.decode_png(plots.png(picture))
                tf.summary.image("samples", pixels[None], step=epoch)
            self._writer.flush()

    def on_train_end(self, logs=None):
        """Close the TensorBoard file."""
        if self._writer is not None:
            self._writer.close()


class Reconstructions(keras.callbacks.Callback):
    """Writes images above their reconstructions: `directory/epoch-0007.png`.

    Args:
        directory: where the pictures go; made if need be.
        images: float `[count, height, width, channels]`, better of the test set.
        every: number of epochs from one picture to the next.
        value_range: the values shown black and white; the model's own by default.

    Raises:
        ValueError: if `every` is less than 1.
        TypeError: at the start of training, for a model without `reconstruct(images)`.
    """

    def __init__(self, directory, images, every=1, *, value_range=None):
        super().__init__()
        self.directory, self.images = pathlib.Path(directory), images
        self.every = checked_every(self, every)
        self.value_range = value_range

    def on_train_begin(self, logs=None):
        """Find out now, not after an epoch, what would not work."""
        _require(self.model, "reconstruct", self)
        self.directory.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch, logs=None):
        """Reconstruct the images and write the picture."""
        if (epoch + 1) % self.every == 0:
            pairs = plots.reconstructions(
                self.images,
                self.model.reconstruct(self.images),
                value_range=_value_range(self),
            )
            plots.save(pairs, _picture_path(self.directory, epoch))


class Traversal(keras.callbacks.Callback):
    """Writes what each latent unit does, `directory/traversal-0007.png`: see `plots.traversal`.

    Args:
        directory: where the figures go; made if need be.
        every: number of epochs from one figure to the next.
        units: the latent units to show, ints; all by default.
        label: the class to show, for models with classes.
        value_range: the values shown black and white; the model's own by default.

    Raises:
        ValueError: if `every` is less than 1.
        TypeError: at the start of training, for a model without
            `decode_images(z, labels=None) -> [batch, height, width, channels]`.
    """

    def __init__(self, directory, every=1, *, units=None, label=0, value_range=None):
        super().__init__()
        self.directory = pathlib.Path(directory)
        self.every = checked_every(self, every)
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
                self._decode,
                self.model.latent_dim,
                units=self.units,
                value_range=_value_range(self),
            )
            plots.save(figure, _picture_path(self.directory, epoch, "traversal"))

    def _decode(self, z):
        if getattr(self.model, "num_classes", None):
            return self.model.decode_images(z, labels=np.full(len(z), self.label, np.int32))
        return self.model.decode_images(z)


def _value_range(callback):
    return callback.value_range or getattr(callback.model, "value_range", (0.0, 1.0))


def _picture_path(directory, epoch, name="epoch"):
    return directory / f"{name}-{epoch + 1:04d}.png"


def _require(model, method, callback):
    if not hasattr(model, method):
        raise TypeError(
            f"{type(callback).__name__} received a {type(model).__name__}, which has no method "
            f"`{method}`: expected a generative model. Define the method, or drop the callback."
        )
