"""Walks and directions in latent space: interpolation, truncation, SeFa and GANSpace."""

import math

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike

from tfgen import sampling

_PARALLEL = 1e-3  # below this angle, in radians, a circle's arc is a straight line in float32


def linear_interpolation(start: tf.Tensor, end: tf.Tensor, count: int) -> tf.Tensor:
    """Return latents on the straight line between two, both ends included.

    Args:
        start: float `[latent_dim]`.
        end: float `[latent_dim]`.
        count: number of latents, at least 2.

    Returns:
        float32 `[count, latent_dim]`.

    Raises:
        ValueError: for ends that are not vectors of one length, or a count below 2.

    Example:
        >>> linear_interpolation([0.0, 0.0], [2.0, 4.0], 3).numpy().tolist()
        [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]
    """
    start, end, t = _checked_ends("linear_interpolation", start, end, count)
    return (1.0 - t) * start + t * end


def spherical_interpolation(start: tf.Tensor, end: tf.Tensor, count: int) -> tf.Tensor:
    """Return latents on the arc between two, both ends included.

    Halfway between two normal latents a straight line is nearer to 0 than any latent the generator
    was trained on; the arc keeps the usual length.

        z(t) = sin((1 - t) a) / sin(a) * start + sin(t a) / sin(a) * end,   a the angle between them

    Args:
        start: float `[latent_dim]`, not 0.
        end: float `[latent_dim]`, not 0 and not opposite to `start`.
        count: number of latents, at least 2.

    Returns:
        float32 `[count, latent_dim]`.

    Raises:
        ValueError: for ends that are not vectors of one length, for ends with no arc or no single
            one between them, and for a count below 2.

    Reference: White 2016, arXiv 1609.04468, section 2.1; Shoemake 1985.

    Example:
        >>> spherical_interpolation([2.0, 0.0], [0.0, 2.0], 3).numpy().round(3)[1].tolist()
        [1.4140000343322754, 1.4140000343322754]
    """
    start, end, t = _checked_ends("spherical_interpolation", start, end, count)
    lengths = tf.norm(start) * tf.norm(end)
    cosine = tf.reduce_sum(start * end) / lengths
    angle = tf.acos(tf.clip_by_value(cosine, -1.0, 1.0))
    if not lengths > 0 or angle > math.pi - _PARALLEL:
        raise ValueError(
            "spherical_interpolation received ends of which one is 0, or which are opposite: no "
            "single arc joins them. Choose other ends, or use linear_interpolation."
        )
    if angle < _PARALLEL:
        return (1.0 - t) * start + t * end
    return (tf.sin((1.0 - t) * angle) * start + tf.sin(t * angle) * end) / tf.sin(angle)


def truncate(z: tf.Tensor, threshold: float) -> tf.Tensor:
    """Return normal noise squeezed into a truncated normal: no coordinate beyond `threshold`.

    Each coordinate keeps its place among the quantiles, `F(z') = F(z)` with F the distribution
    truncated and not, so that z changes smoothly with the threshold, and nothing is drawn anew.

    Args:
        z: float32 `[batch, latent_dim]`, standard normal.
        threshold: > 0; 2 hardly changes z, 0.5 leaves typical examples only.

    Returns:
        float32 `[batch, latent_dim]`, in [-threshold, threshold].

    Raises:
        ValueError: for a threshold not above 0.

    Reference: Brock et al. 2018 (BigGAN), arXiv 1809.11096, section 3.1, which draws again what
    falls outside; the distribution is the same.

    Example:
        >>> truncate(tf.constant([[0.0, 5.0]]), 1.0).numpy().round(3).tolist()
        [[0.0, 1.0]]
    """
    if threshold <= 0:
        raise ValueError(
            f"truncate received threshold={threshold}: it must be above 0. Use a small one, such "
            "as 0.1, for examples near the mean."
        )
    root = math.sqrt(2.0)
    inside = math.erf(threshold / root) * tf.math.erf(z / root)
    return tf.clip_by_value(root * tf.math.erfinv(inside), -threshold, threshold)


def sefa_directions(generator: keras.Model, count: int = 5) -> tuple[np.ndarray, np.ndarray]:
    """Return the latent directions that change the generator's first layer most.

    The eigenvectors of A A^T, with A `[latent_dim, units]` the weights of its first layer: no
    sampling and no labels.

    Args:
        generator: built network whose first dense layer takes the latents.
        count: number of directions, from 1 to `latent_dim`.

    Returns:
        `(directions, strengths)`: float32 `[count, latent_dim]`, orthonormal, each with its largest
        coordinate positive; and `[count]`, falling: how far the first layer's outputs move for a
        step of length 1 along each.

    Raises:
        ValueError: for a generator without such a layer, or a count out of its range.

    Reference: Shen and Zhou 2021, "Closed-form factorization of latent semantics in GANs",
    arXiv 2007.06600, section 3.2.

    Example:
        >>> from tfgen import networks
        >>> directions, strengths = sefa_directions(networks.mlp((6,), (2,)), count=2)
        >>> directions.shape, bool(strengths[0] >= strengths[1])
        ((2, 6), True)
    """
    kernel = _first_kernel(generator)
    _check_count("sefa_directions", count, kernel.shape[0])
    directions, strengths, _ = np.linalg.svd(kernel, full_matrices=False)
    return _with_signs(directions.T[:count]), strengths[:count]


def ganspace_directions(
    generator: keras.Model,
    layer: str | keras.layers.Layer | None = None,
    count: int = 5,
    *,
    samples: int = 2048,
    seed: int = 0,
    labels: ArrayLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the latent directions of the principal components of a layer's outputs.

    The outputs at random latents are analysed by PCA; the latents are then regressed on each
    component's coordinates.

    Args:
        generator: built network from latents (or latents and labels) on.
        layer: name of the layer to analyse, early in the network; by default the second one that
            has a kernel, in a convolutional generator its first convolution.
        count: number of directions, from 1 to `latent_dim`.
        samples: number of random latents, more than `count`.
        seed: int, of these latents.
        labels: int `[samples]`, for a class-conditional generator.

    Returns:
        `(directions, shares)`: float32 `[count, latent_dim]`, a step of 1 along each being one
        standard deviation of the component, each with its largest coordinate positive; and
        `[count]`, the share of the variance that each component explains.

    Raises:
        ValueError: for a layer that the generator lacks, or a number out of its range.

    Reference: Härkönen et al. 2020, arXiv 2004.02546, section 2.2 and equation 3 (the case of
    generators without a style network).

    Example:
        >>> from tfgen import networks
        >>> directions, _ = ganspace_directions(networks.mlp((6,), (2,)), "dense_0", samples=64)
        >>> directions.shape
        (5, 6)
    """
    latent_dim = generator.inputs[0].shape[-1]
    _check_count("ganspace_directions", count, min(latent_dim, samples - 1))
    z = sampling.normal(sampling.seeds(seed, samples), (latent_dim,)).numpy()
    inputs = z if labels is None else [z, np.asarray(labels, np.int32)]
    if layer is None:
        layer = next(iter(each.name for each in _kernel_layers(generator)[1::-1]), None)
    features = _features(generator, layer).predict(inputs, batch_size=256, verbose=0)
    from sklearn.decomposition import PCA  # only here: slow to import

    pca = PCA(count, random_state=seed)
    coordinates = pca.fit_transform(np.reshape(features, [samples, -1]))  # [samples, count]
    # Coordinates have mean 0 and no correlation: the regression is one product for each.
    deviations = np.maximum(np.std(coordinates, axis=0), 1e-12)
    directions = (coordinates / deviations).T @ (z - z.mean(axis=0)) / samples
    return _with_signs(directions.astype(np.float32)), pca.explained_variance_ratio_


def _checked_ends(function, start, end, count):
    start, end = (tf.cast(tf.convert_to_tensor(x), tf.float32) for x in (start, end))
    if start.shape.rank != 1 or start.shape != end.shape or count < 2:
        raise ValueError(
            f"{function} received ends of shapes {tuple(start.shape)} and {tuple(end.shape)} and "
            f"count={count}: expected two vectors of one length and at least 2 steps. Take one row "
            "of z for each end."
        )
    return start, end, tf.linspace(0.0, 1.0, count)[:, None]


def _first_kernel(generator):
    latent_dim = generator.inputs[0].shape[-1]
    for layer in _kernel_layers(generator)[:1]:
        kernel = np.asarray(getattr(layer, "layer", layer).kernel, np.float32)
        if kernel.ndim == 2 and len(kernel) == latent_dim:
            return kernel
    raise ValueError(
        f"sefa_directions received {generator.name}, whose first layer with weights is not a dense "
        f"one from {latent_dim} latents: it has no closed form there. Use ganspace_directions."
    )


def _kernel_layers(generator):
    """Dense and convolutional layers, also where they are wrapped."""
    return [each for each in generator.layers if hasattr(getattr(each, "layer", each), "kernel")]


def _features(generator, layer):
    names = [each.name for each in generator.layers]
    if layer not in names:
        raise ValueError(
            f"ganspace_directions received layer={layer!r}, which {generator.name} lacks: expected "
            f"one of {', '.join(names)}."
        )
    return keras.Model(generator.inputs, generator.get_layer(layer).output)


def _with_signs(directions):
    """An eigenvector is as good as its opposite: choose the one whose largest value is positive."""
    largest = np.argmax(np.abs(directions), axis=1)
    return directions * np.sign(directions[np.arange(len(directions)), largest])[:, None]


def _check_count(function, count, most):
    if not 1 <= count <= most:
        raise ValueError(
            f"{function} received count={count}: there are from 1 to {most} directions. Set count "
            "within that, or take more samples."
        )
