"""Networks that turn images into features and class logits, and what they are fed with."""

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

_TOLERANCE = 1e-3  # around [0, 1]: resizing overshoots by rounding only


class FeatureExtractor:
    """A frozen network with features, logits, and facts to publish with every number.

    A metric says something only beside the network that it looks through: print `hash` and
    `accuracy` with it. Calling the extractor gives the features, `logits` the class logits.

    Args:
        network: built keras.Model from images to a dict of "features" `[batch, d]` and "logits"
            `[batch, classes]`, both float32.
        image_shape: `(height, width, channels)` of the images; None for sides that may vary.
        accuracy: share of test images that the logits classify rightly, in [0, 1], or None.

    Attributes:
        hash: sha256 of the weights, 64 hexadecimal digits, see `weights_hash`.

    Example:
        >>> extractor = mnist_features()
        >>> extractor(np.zeros((2, 28, 28, 1), "float32")).shape
        TensorShape([2, 128])
    """

    def __init__(
        self,
        network: keras.Model,
        image_shape: tuple[int | None, ...],
        accuracy: float | None = None,
    ):
        self.network = network
        self.image_shape = tuple(image_shape)
        self.accuracy = accuracy
        self.hash = weights_hash(network)
        self._outputs = tf.function(
            lambda images: network(images, training=False),
            input_signature=[tf.TensorSpec((None, *image_shape), tf.float32)],
        )

    def __call__(self, images: ArrayLike) -> tf.Tensor:
        """Return features, float32 `[batch, d]`, of images `[batch, *image_shape]` in [0, 1].

        Raises:
            ValueError: for images of another shape, or with numbers outside [0, 1].
        """
        return self.outputs(images)["features"]

    def logits(self, images: ArrayLike) -> tf.Tensor:
        """Return class logits, float32 `[batch, classes]`, of the same images."""
        return self.outputs(images)["logits"]

    def outputs(self, images: ArrayLike) -> dict[str, tf.Tensor]:
        """Return both, as a dict of "features" and "logits"."""
        images = np.asarray(images, np.float32)
        self._check(images)
        return self._outputs(images)

    def _check(self, images):
        name, shape = self.network.name, self.image_shape
        sizes = zip(images.shape[1:], shape, strict=False)
        if images.ndim != 4 or any(want not in (None, size) for size, want in sizes):
            wanted = ", ".join("any" if side is None else str(side) for side in shape)
            raise ValueError(
                f"{name} received images of shape {images.shape}: expected [batch, {wanted}]. "
                "Resize the images, or choose the extractor that was made for them."
            )
        low, high = (images.min(), images.max()) if images.size else (0.0, 0.0)
        if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):  # NaN is not either
            raise ValueError(
                f"{name} received images from {low:.3g} to {high:.3g}: expected 0 (black) to 1 "
                "(white). Rescale them; for those of a tanh generator, (images + 1) / 2."
            )


def mnist_features(path: str | os.PathLike | None = None) -> FeatureExtractor:
    """Return the classifier of MNIST digits that ships with the package, as an extractor.

    For 28x28 images with one channel; 128 features, 10 logits. `accuracy` is that on MNIST's test
    set, which had no part in training.

    Args:
        path: weights that `tfgen.metrics.mnist_classifier.train` wrote; default: the shipped ones.

    Returns:
        FeatureExtractor of images `[batch, 28, 28, 1]` in [0, 1].

    Raises:
        ValueError: for a file that holds something else.

    Example:
        >>> extractor = mnist_features()
        >>> extractor.accuracy >= 0.994, len(extractor.hash)
        (True, 64)
    """
    from tfgen.metrics import mnist_classifier  # here, so that it can run as a script

    with _float32():
        network, facts = mnist_classifier.load(path or mnist_classifier.WEIGHTS)
    return FeatureExtractor(network, mnist_classifier.IMAGE_SHAPE, facts.get("accuracy"))


def inception_features(weights: str = "imagenet") -> FeatureExtractor:
    """Return Keras's InceptionV3 as an extractor for colour images of any size.

    The images are resized to 299x299 (bilinear). 2,048 features (`pool3`), 1,000 logits. The
    weights are Keras's own, trained on ImageNet; those of published FIDs and inception scores are
    older and others: compare with numbers made by this function only.

    Args:
        weights: "imagenet", a download of 96 MB that Keras keeps in ~/.keras/models; the path of
            that file; None for random weights.

    Returns:
        FeatureExtractor of images `[batch, height, width, 3]` in [0, 1].

    Raises:
        FileNotFoundError: if the weights are neither on disk nor can be downloaded.
    """
    with _float32():
        inception = _inception(weights)
        images = keras.Input((None, None, 3), name="images")
        x = keras.layers.Resizing(299, 299)(images)
        x = keras.layers.Rescaling(2.0, offset=-1.0)(x)
        pooled = inception.get_layer("avg_pool").output
        both = keras.Model(inception.input, {"features": pooled, "logits": inception.output})
        network = keras.Model(images, both(x), name="inception_v3")
    return FeatureExtractor(network, (None, None, 3))


def _inception(weights):
    try:
        return keras.applications.InceptionV3(weights=weights, classifier_activation=None)
    except Exception as error:  # network, disk, checksum, wrong file, ...
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise FileNotFoundError(
            f"inception_features could not get the weights {weights!r} ({reason}). Download "
            "inception_v3_weights_tf_dim_ordering_tf_kernels.h5 elsewhere and give its path as "
            "weights=."
        ) from error


@contextlib.contextmanager
def _float32():
    """Build in float32 whatever the precision of training, so that numbers can be compared."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def feature_batches(
    extractor: Callable, images: ArrayLike | Iterable, batch_size: int = 500
) -> Iterator[np.ndarray]:
    """Yield the features of images, batch by batch, for the metrics that stream.

    Args:
        extractor: callable or keras.Model from images `[batch, ...]` to `[batch, d]`: a
            `FeatureExtractor`, its `logits`, or any other.
        images: array `[n, height, width, channels]`, or an iterable of batches of images or of
            pairs (images, labels), such as what `tfgen.data.images` returns.
        batch_size: images at a time, where `images` is one array.

    Yields:
        features: NumPy array `[batch, d]`.

    Raises:
        TypeError: for images that are neither an array nor an iterable.

    Example:
        >>> average = lambda images: images.mean(axis=(1, 2))
        >>> [f.shape for f in feature_batches(average, np.zeros((5, 8, 8, 3)), batch_size=4)]
        [(4, 3), (1, 3)]
    """
    for batch in image_batches(images, batch_size):
        yield np.asarray(extractor(batch))


def image_batches(images: Any, batch_size: int = 500) -> Iterator[np.ndarray]:
    """Yield batches of images as NumPy arrays, without labels; see `feature_batches`."""
    if hasattr(images, "shape") and hasattr(images, "__getitem__"):
        starts = range(0, len(images), batch_size)
        yield from (np.asarray(images[i : i + batch_size]) for i in starts)
        return
    if not hasattr(images, "__iter__") or isinstance(images, (str, bytes, dict)):
        raise TypeError(
            f"image_batches received images of type {type(images).__name__}: expected an array "
            "[n, height, width, channels] or an iterable of batches. Load the images first."
        )
    for batch in images:
        yield np.asarray(batch[0] if isinstance(batch, (tuple, list)) else batch)


def weights_hash(network: keras.Model) -> str:
    """Return the sha256 of a network's weights, in the network's order, as float32 bytes.

    It depends on the numbers only, not on the file that they came from.

    Example:
        >>> ones = keras.layers.Dense(1, kernel_initializer="ones")
        >>> weights_hash(keras.Sequential([keras.Input((1,)), ones]))[:8]
        '434b2604'
    """
    digest = hashlib.sha256()
    for weight in network.get_weights():
        digest.update(np.ascontiguousarray(weight, "<f4").tobytes())
    return digest.hexdigest()
