"""A small classifier of MNIST digits, whose features judge generators of MNIST-like images.

It is trained by `python -m tfgen.metrics.mnist_classifier --out FILE`. Its file holds float16
arrays and no pickle.
"""

import argparse
import io
import math
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tfgen import data, files

WEIGHTS = Path(__file__).with_name("mnist_classifier.npz")
IMAGE_SHAPE = (28, 28, 1)
FEATURES = 128
CLASSES = 10
_UNREADABLE = (ValueError, TypeError, AttributeError, EOFError, zipfile.BadZipFile)
_CONVOLUTIONS = ((32, 1), (32, 2), (48, 1), (64, 2), (FEATURES, 1))  # (channels, stride)


def build() -> keras.Model:
    """Return the untrained network: 127,210 weights, 10 million multiplications per image.

    Five convolutions, 28x28 → 14x14 → 7x7, whose last maps are averaged over the image: the
    features stand where the `pool3` features of the Inception network stand, right before the
    linear layer that makes the logits.

    Returns:
        A keras.Model: float `[batch, 28, 28, 1]` in [0, 1] → a dict of float32 "features"
        `[batch, 128]`, at least 0, and "logits" `[batch, 10]`.

    Example:
        >>> {name: tuple(output.shape) for name, output in build().output.items()}
        {'features': (None, 128), 'logits': (None, 10)}
    """
    images = keras.Input(IMAGE_SHAPE, name="images")
    x = images
    for i, (channels, stride) in enumerate(_CONVOLUTIONS):
        x = keras.layers.Conv2D(
            channels, 3, strides=stride, padding="same", use_bias=False, name=f"conv_{i}"
        )(x)  # fmt: skip
        x = keras.layers.BatchNormalization(momentum=0.95, name=f"norm_{i}")(x)
        x = keras.layers.ReLU(name=f"relu_{i}")(x)
    features = keras.layers.GlobalAveragePooling2D(name="features", dtype="float32")(x)
    logits = keras.layers.Dense(CLASSES, name="logits", dtype="float32")(features)
    return keras.Model(images, {"features": features, "logits": logits}, name="mnist_classifier")


def train(data_dir: str | None, seed: int, epochs: int, out: Path, batch_size: int = 128) -> float:
    """Train on the 60,000 training images, write the weights, and return the test accuracy.

    Adam with cosine decay to zero, on images that are shifted, turned and scaled a little. The
    test images choose nothing: the weights of the last epoch are the ones that are kept, and they
    are judged once, after the rounding to float16 that the file brings.

    Args:
        data_dir: folder of the TFDS data sets, or None for the default of `tfgen.data.images`.
        seed: of weights, order and augmentation.
        epochs: passes over the training images; 15 give 99.5 %.
        out: path of the file to write, "….npz".
        batch_size: images in a step.

    Returns:
        Share of the 10,000 test images that are classified rightly, in [0, 1].

    Raises:
        FileNotFoundError: if MNIST is neither on disk nor can be downloaded.
    """
    keras.utils.set_random_seed(seed)
    dataset = data.images(
        "mnist", batch_size=batch_size, labels=True, seed=seed, data_dir=data_dir,
        drop_remainder=True,
    )  # fmt: skip
    network = build()
    trainer = _trainer(network, steps=epochs * int(dataset.cardinality()))
    trainer.fit(dataset.prefetch(tf.data.AUTOTUNE), epochs=epochs, shuffle=False, verbose=2)
    network.set_weights([w.astype(np.float16).astype(np.float32) for w in network.get_weights()])
    accuracy = judge(network, data_dir)
    save(network, out, accuracy=accuracy, seed=seed, epochs=epochs, batch_size=batch_size)
    return accuracy


def judge(network: keras.Model, data_dir: str | None = None) -> float:
    """Return the share of MNIST's test images that the network classifies rightly."""
    test = data.images("mnist", "test", batch_size=500, labels=True, data_dir=data_dir)
    right = count = 0
    for images, labels in test:
        predicted = np.argmax(network(images, training=False)["logits"], axis=-1)
        right += int(np.sum(predicted == labels.numpy()))
        count += len(predicted)
    return right / count


def save(network: keras.Model, path: Path, **facts: Any) -> None:
    """Write weights as float16 and facts (numbers) beside them; equal content, equal bytes."""
    weights = network.get_weights()
    arrays: dict[str, Any] = {name: np.asarray(value) for name, value in facts.items()}
    arrays = {f"weight_{i:02d}": w.astype(np.float16) for i, w in enumerate(weights)} | arrays
    content = io.BytesIO()
    np.savez(content, **arrays)
    files.write_files({path: content.getvalue()})


def load(path: str | os.PathLike = WEIGHTS) -> tuple[keras.Model, dict[str, Any]]:
    """Return `(network, facts)` of a file that `save` wrote.

    Raises:
        ValueError: for a file that is not one, or one of another network.
    """
    network = build()
    try:
        with np.load(path, allow_pickle=False) as file:
            names = [name for name in sorted(file.files) if name.startswith("weight_")]
            network.set_weights([file[name].astype(np.float32) for name in names])
            facts = {n: file[n].item() for n in file.files if n not in names}
    except _UNREADABLE as error:
        raise ValueError(
            f"mnist_classifier.load received {path}: expected weights of this network "
            f"({str(error).splitlines()[0]}). Train them anew: "
            "python -m tfgen.metrics.mnist_classifier --out FILE."
        ) from error
    return network, facts


class RandomAffine(keras.layers.Layer):
    """Turns, scales and shifts each image at random while training; black comes in from outside.

    One resampling for all three, since each one blurs.

    Args:
        degrees: largest rotation either way.
        scale: largest relative change of size, e.g. 0.1 for 90 % to 110 %.
        shift: largest shift along either axis, in pixels.
    """

    def __init__(
        self, degrees: float = 12.0, scale: float = 0.1, shift: float = 2.5, **kwargs: Any
    ):
        super().__init__(**kwargs)
        self.limits = (math.radians(degrees), scale, shift, shift)
        self.seeds = keras.random.SeedGenerator()

    def call(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:
        """Return images of the same shape."""
        if not training:
            return images
        shape = keras.ops.shape(images)
        draws = keras.random.uniform((shape[0], 4), -1.0, 1.0, seed=self.seeds)
        angle, scale, dx, dy = keras.ops.unstack(draws * np.array(self.limits, np.float32), axis=1)
        cos, sin = (1 + scale) * keras.ops.cos(angle), (1 + scale) * keras.ops.sin(angle)
        cx, cy = (images.shape[2] - 1) / 2, (images.shape[1] - 1) / 2
        zero = keras.ops.zeros_like(cos)
        # Pixel (x, y) of the result comes from (a x + b y + c, d x + e y + f): the rotation about
        # the centre, which c and f keep in its place but for the shift.
        c, f = cx - cos * cx + sin * cy + dx, cy - sin * cx - cos * cy + dy
        rows = keras.ops.stack([cos, -sin, c, sin, cos, f, zero, zero], axis=1)
        return keras.ops.image.affine_transform(images, rows, fill_mode="constant")


def _trainer(network, steps):
    """The network with augmentation before it and dropout between features and logits."""
    images = keras.Input(IMAGE_SHAPE)
    x = RandomAffine()(images)
    features = keras.Model(network.input, network.output["features"])(x)
    logits = network.get_layer("logits")(keras.layers.Dropout(0.2)(features))
    trainer = keras.Model(images, logits)
    trainer.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(3e-3, steps)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return trainer


def main(arguments: Sequence[str] | None = None) -> None:
    """Train by the command line's arguments and print the accuracy."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, help="the .npz file to write")
    parser.add_argument("--data-dir", help="folder of the TFDS data sets")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch-size", type=int, default=128)
    options = parser.parse_args(arguments)
    accuracy = train(**vars(options))
    print(f"test accuracy {accuracy:.2%}, written to {options.out}")


if __name__ == "__main__":
    main()
