"""Augmentation before the discriminator: for generators that learn from few examples.

Real and fake examples are changed alike and at random, so that the discriminator can't learn its
examples by heart, and gradients flow through to the generator. A transform is a function

    transform(images [batch, height, width, channels], seeds int32 [batch, 2]) -> images

whose result for a row depends on that row and its seeds only: replicas, and batches of any size,
change nothing. Images lie in [-1, 1] or thereabouts, and 0 is what comes in from outside.
"""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from tfgen import sampling


def _saved(function):
    return keras.saving.register_keras_serializable(package="tfgen")(function)


@_saved
def brightness(images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return the images plus a number in (-0.5, 0.5), one for each image."""
    return images + _draw(seeds, images) - 0.5


@_saved
def saturation(images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return the images with colours from none to doubled; grey images stay as they are."""
    grey = tf.reduce_mean(images, axis=-1, keepdims=True)
    return grey + 2.0 * _draw(seeds, images) * (images - grey)


@_saved
def contrast(images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return the images with the distance to their mean scaled by a factor in (0.5, 1.5)."""
    mean = tf.reduce_mean(images, axis=[1, 2, 3], keepdims=True)
    return mean + (0.5 + _draw(seeds, images)) * (images - mean)


@_saved
def translation(images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return the images moved by up to an eighth of each side, whole pixels, zeros coming in.

    A product with a matrix of zeros and ones for rows, and one for columns: unlike gathering, it
    is as fast backwards as forwards, and XLA and second derivatives take it as it is.
    """
    draws = sampling.uniform(seeds, (2,))
    rows = _shift_matrix(images.shape[1], draws[:, 0])
    columns = _shift_matrix(images.shape[2], draws[:, 1])
    images = tf.einsum("bij,bjwc->biwc", rows, images)
    return tf.einsum("bij,bhjc->bhic", columns, images)


@_saved
def cutout(images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return the images with a rectangle of half of each side set to zero.

    Its centre may be any pixel, so that part of it often lies outside.
    """
    draws = sampling.uniform(seeds, (2,))
    inside_rows = _near(images.shape[1], draws[:, 0])[:, :, None, None]
    inside_columns = _near(images.shape[2], draws[:, 1])[:, None, :, None]
    return images * (1.0 - inside_rows * inside_columns)


@_saved
def mirror(images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
    """Return the images, left and right exchanged in every other one on average."""
    return tf.where(_draw(seeds, images) < 0.5, images, tf.reverse(images, [2]))


COLOUR = (brightness, saturation, contrast)


@keras.saving.register_keras_serializable(package="tfgen")
class DiffAugment(keras.layers.Layer):
    """Applies every transform to every image: `DiffAugment()(images, seeds)`.

    For `GAN(augment=DiffAugment())`, when there are some thousands of images or less.

    Args:
        transforms: functions as the module describes, in the order of application.
        **kwargs: `name`.

    Raises:
        ValueError: for no transforms; when called, for anything but images of four axes.

    Example:
        >>> DiffAugment((mirror, cutout))(tf.ones([2, 8, 8, 1]), sampling.seeds(0, 2)).shape
        TensorShape([2, 8, 8, 1])

    Reference: Zhao et al. 2020, arXiv 2006.10738, section 3; its policy "color,translation,cutout"
    is the default.
    """

    def __init__(
        self, transforms: Sequence[Callable] = (*COLOUR, translation, cutout), **kwargs: Any
    ):
        # Positions and draws need float32 under every precision policy.
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.transforms = _checked(type(self).__name__, transforms)

    def call(self, images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
        """Return the images, `[batch, height, width, channels]`, changed."""
        _check_images(type(self).__name__, images)
        for i, transform in enumerate(self.transforms):
            images = transform(images, sampling.stream(seeds, i))
        return images

    def compute_output_shape(
        self, images_shape: tuple[int, ...], seeds_shape: tuple[int, ...] | None = None
    ) -> tuple[int, ...]:
        """Return the shape of the images, which stays as it is."""
        return images_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        return {**super().get_config(), **_serialized(self.transforms)}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Build the layer that `get_config` describes."""
        return cls(**_deserialized(config))


@keras.saving.register_keras_serializable(package="tfgen")
class AdaptiveAugment(keras.layers.Layer):
    """Applies each transform to each image with a probability that follows over-fitting.

    `probability` begins at 0. It rises while the mean sign of the real logits lies above `target`
    (the discriminator knows its examples by heart), and falls while it lies below. `tfgen.GAN`
    calls `adapt` after each update of the discriminator; the state is saved with the model.

    Args:
        transforms: functions as the module describes, in the order of application.
        target: mean sign of the real logits to hold, in (-1, 1).
        images_to_one: images in which the probability would go from 0 to 1.
        interval: updates of the discriminator from one change to the next.
        **kwargs: `name`.

    Raises:
        ValueError: for no transforms, or a number out of its range; when called, for anything but
            images of four axes.

    Reference: Karras et al. 2020 (StyleGAN2-ADA), arXiv 2006.06676, section 3 and equation 1, with
    its target 0.6, interval 4 and 500,000 images. The transforms are those of `DiffAugment` and
    `mirror`, not the paper's 18; each image and transform is drawn for by itself, as there.
    """

    def __init__(
        self,
        transforms: Sequence[Callable] = (mirror, *COLOUR, translation, cutout),
        target: float = 0.6,
        images_to_one: int = 500_000,
        interval: int = 4,
        **kwargs: Any,
    ):
        super().__init__(**{**kwargs, "dtype": "float32"})
        self.transforms = _checked("AdaptiveAugment", transforms)
        self.target, self.images_to_one, self.interval = target, images_to_one, interval
        _check_adaptation(target, images_to_one, interval)
        self.probability = self._state("probability")
        self.sign_sum, self.sign_count = self._state("sign_sum"), self._state("sign_count")
        self.updates = self._state("updates", "int32")

    def _state(self, name, dtype="float32"):
        return self.add_weight((), "zeros", dtype, trainable=False, name=name)

    def call(self, images: tf.Tensor, seeds: tf.Tensor) -> tf.Tensor:
        """Return the images, `[batch, height, width, channels]`, each changed or not."""
        _check_images("AdaptiveAugment", images)
        probability = tf.convert_to_tensor(self.probability)
        for i, transform in enumerate(self.transforms):
            apply = _draw(sampling.stream(seeds, 2 * i), images) < probability
            images = tf.where(apply, transform(images, sampling.stream(seeds, 2 * i + 1)), images)
        return images

    def adapt(self, sign_sum: tf.Tensor, count: int) -> None:
        """Count one update of the discriminator; move the probability when it is time.

        Args:
            sign_sum: sum of the signs of the real logits over all replicas, float32 scalar.
            count: number of these logits, float32 scalar.
        """
        sign_sum = tf.convert_to_tensor(self.sign_sum) + sign_sum
        count = tf.convert_to_tensor(self.sign_count) + count
        updates = tf.convert_to_tensor(self.updates) + 1
        due = tf.equal(updates % self.interval, 0)
        change = tf.sign(sign_sum / count - self.target) * count / self.images_to_one
        moved = tf.clip_by_value(tf.convert_to_tensor(self.probability) + change, 0.0, 1.0)
        self.probability.assign(tf.where(due, moved, tf.convert_to_tensor(self.probability)))
        self.sign_sum.assign(tf.where(due, 0.0, sign_sum))
        self.sign_count.assign(tf.where(due, 0.0, count))
        self.updates.assign(tf.where(due, 0, updates))

    def compute_output_shape(
        self, images_shape: tuple[int, ...], seeds_shape: tuple[int, ...] | None = None
    ) -> tuple[int, ...]:
        """Return the shape of the images, which stays as it is."""
        return images_shape

    def get_config(self) -> dict[str, Any]:
        """Return the arguments of the constructor."""
        names = ("target", "images_to_one", "interval")
        own = {name: getattr(self, name) for name in names}
        return {**super().get_config(), **_serialized(self.transforms), **own}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Build the layer that `get_config` describes."""
        return cls(**_deserialized(config))


def _draw(seeds, images):
    """One uniform number for each image, to be broadcast over it."""
    return sampling.uniform(seeds, (1,) * (len(images.shape) - 1))


def _shift_matrix(side, draws):
    """Matrices [batch, side, side] that move by up to an eighth of the side either way."""
    most = int(side / 8 + 0.5)
    moves = tf.cast(tf.floor(draws * (2 * most + 1)), tf.int32) - most  # [batch]
    positions = tf.range(side)
    came_from = positions[None, :] - moves[:, None]  # [batch, side]
    return tf.cast(came_from[:, :, None] == positions[None, None, :], tf.float32)


def _near(side, draws):
    """1 for the positions within the half side whose centre is drawn, else 0: [batch, side]."""
    half = int(side * 0.5 + 0.5)
    centres = tf.floor(draws * (side + (1 - half % 2)))
    first = centres - half // 2
    positions = tf.range(side, dtype=tf.float32)[None, :] - first[:, None]
    return tf.cast((positions >= 0) & (positions < half), tf.float32)


def _serialized(transforms):
    return {"transforms": [keras.saving.serialize_keras_object(t) for t in transforms]}


def _deserialized(config):
    transforms = [keras.saving.deserialize_keras_object(t) for t in config["transforms"]]
    return {**config, "transforms": transforms}


def _checked(layer, transforms):
    transforms = tuple(transforms)
    if not transforms or not all(callable(transform) for transform in transforms):
        raise ValueError(
            f"{layer} received transforms={transforms!r}: expected one or more functions of "
            "(images, seeds). Use GAN(augment=None) for no augmentation."
        )
    return transforms


def _check_images(layer, images):
    if len(images.shape) != 4:
        raise ValueError(
            f"{layer} received examples of shape {tuple(images.shape)}: its transforms are for "
            "images [batch, height, width, channels]. Use GAN(augment=None) for other data."
        )


def _check_adaptation(target, images_to_one, interval):
    if not -1 < target < 1 or images_to_one <= 0 or interval < 1:
        raise ValueError(
            f"AdaptiveAugment received target={target}, images_to_one={images_to_one}, "
            f"interval={interval}: expected a target in (-1, 1), images above 0 and an interval of "
            "at least 1. The defaults are 0.6, 500_000 and 4."
        )
