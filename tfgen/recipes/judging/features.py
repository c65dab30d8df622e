"""Which features samples are seen through: never such as mean nothing for the data."""

import pathlib

import numpy as np

from tfgen.recipes.judging import classifier


class Coordinates:
    """Points as their own features: distances between them mean what they say."""

    hash, accuracy = "itself", None

    def __call__(self, points):
        """Return the points, `[batch, size]`."""
        return np.asarray(points)

    def outputs(self, points):
        """Return the points as features; there are no logits."""
        return {"features": self(points)}


def features_of(source, directory, path=None):
    """Return what samples of a source are seen through; None where nothing suits.

    In this order: the network that the user names, the shipped classifier for MNIST, coordinates
    for points, and for a source with classes a small classifier, trained on them and kept in the
    directory.

    Args:
        source: a `tfgen.data.Source`.
        directory: where a classifier is kept, or looked for.
        path: a `.keras` file of a network from images in [0, 1] to features `[batch, d]`, or to a
            dict of "features" and "logits".

    Raises:
        ValueError: for a network that takes other images.
    """
    if path is not None and source.spec.kind.name == "text":
        raise ValueError(
            f"--features {path} was given: {source.name} has texts, which are not seen through "
            "features. Leave it out."
        )
    if path is not None:
        return _named(pathlib.Path(path), source.spec.shape)
    if source.name == "mnist":
        return mnist()
    if source.spec.kind.name == "points":
        return Coordinates()
    if source.spec.kind.name == "image" and source.spec.num_classes:
        return classifier.trained_on(source, pathlib.Path(directory))
    return None


def mnist(source=None, directory=None):
    """Return the shipped classifier of MNIST's digits."""
    from tfgen import metrics

    return metrics.mnist_features()


def none(source=None, directory=None):
    """Return no features: for recipes whose judges need none."""


def _named(path, shape):
    import keras

    from tfgen import metrics
    from tfgen.loading import load_model

    network = load_model(path)
    if not isinstance(network, keras.Model) or tuple(network.input_shape[1:]) != tuple(shape):
        raise ValueError(
            f"--features {path} takes {getattr(network, 'input_shape', None)}: expected a network "
            f"from images {tuple(shape)} in [0, 1] to features. Train one on such images."
        )
    if not isinstance(network.output, dict):
        network = keras.Model(network.inputs, {"features": network.output})
    return metrics.FeatureExtractor(network, shape)
