"""Pictures while training: samples, and what each latent unit does."""

import pathlib

import keras
import numpy as np
import tensorflow as tf

from tfgen import plots
from tfgen.callbacks.every import checked_every


class _Pictures(keras.callbacks.Callback):
    """Calls `draw(epoch)` every few epochs; a subclass names the method it `needs` of the model."""

    needs: str

    def __init__(self, directory, every, value_range):
        super().__init__()
        self.every = checked_every(self, every)
        self.directory, self.value_range = pathlib.Path(directory), value_range

    def on_train_begin(self, logs=None):
        """Find out now, not after an epoch, what would not work."""
        if not hasattr(self.model, self.needs):
            raise TypeError(
                f"{type(self).__name__} received a {type(self.model).__name__}, which has no "
                f"method `{self.needs}`: expected a generative model. Define the method, or drop "
                "the callback."
            )
        self.directory.mkdir(parents=True, exist_ok=True)

    def on_epoch_end(self, epoch, logs=None):
        """Draw, if it is time."""
        if (epoch + 1) % self.every == 0:
            self.draw(epoch)

    def draw(self, epoch):
        """Write the picture of an epoch, counted from 0."""
        raise NotImplementedError

    def _range(self):
        return self.value_range or getattr(self.model, "value_range", (0.0, 1.0))

    def _path(self, epoch, name="epoch"):
        return self.directory / f"{name}-{epoch + 1:04d}.png"


class SampleGrid(_Pictures):
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

    needs = "sample"

    def __init__(self, directory, count=64, seed=0, *, every=1, tensorboard=None, value_range=None):
        super().__init__(directory, every, value_range)
        self.count, self.seed = count, seed
        self._tensorboard = tensorboard
        self._writer = None

    def on_train_begin(self, logs=None):
        """Find out now, not after an epoch, what would not work."""
        super().on_train_begin(logs)
        if self._tensorboard is not None:
            self._writer = tf.summary.create_file_writer(str(self._tensorboard))

    def draw(self, epoch):
        """Draw the samples and write the picture."""
        classes = getattr(self.model, "num_classes", None)
        labels = {"labels": np.arange(self.count, dtype=np.int32) % classes} if classes else {}
        examples = self.model.sample(self.count, seed=self.seed, **labels)
        picture = plots.samples(examples, plots.class_columns(classes), self._range())
        plots.save(picture, self._path(epoch))
        if self._writer is not None:
            with self._writer.as_default():
                pixels = tf.io.decode_png(plots.png(picture))
                tf.summary.image("samples", pixels[None], step=epoch)
            self._writer.flush()

    def on_train_end(self, logs=None):
        """Close the TensorBoard file."""
        if self._writer is not None:
            self._writer.close()


class Reconstructions(_Pictures):
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

    needs = "reconstruct"

    def __init__(self, directory, images, every=1, *, value_range=None):
        super().__init__(directory, every, value_range)
        self.images = images

    def draw(self, epoch):
        """Reconstruct the images and write the picture."""
        reconstructed = self.model.reconstruct(self.images)
        pairs = plots.reconstructions(self.images, reconstructed, value_range=self._range())
        plots.save(pairs, self._path(epoch))


class Traversal(_Pictures):
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

    needs = "decode_images"

    def __init__(self, directory, every=1, *, units=None, label=0, value_range=None):
        super().__init__(directory, every, value_range)
        self.units, self.label = units, label

    def draw(self, epoch):
        """Decode the traversal and write the figure."""
        figure = plots.traversal(
            self._decode, self.model.latent_dim, units=self.units, value_range=self._range()
        )
        plots.save(figure, self._path(epoch, "traversal"))

    def _decode(self, z):
        if getattr(self.model, "num_classes", None):
            return self.model.decode_images(z, labels=np.full(len(z), self.label, np.int32))
        return self.model.decode_images(z)
