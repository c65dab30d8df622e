"""The data as a trained VQVAE writes them down: what a prior learns from."""

from typing import Any

import keras
import tensorflow as tf


def tokens(vqvae: keras.Model, data: Any) -> Any:
    """Return a dataset of the indices of `data`, streamed: nothing is kept.

    The indices of a grid become one row, line by line, and those of a residual quantizer stand
    together: `[batch, h, w]` and `[batch, h, w, stages]` become `[batch, length]`.

    Args:
        vqvae: a trained `VQVAE`.
        data: `tf.data.Dataset` of batches of images, or of (images, labels).

    Returns:
        A `tf.data.Dataset` of int32 `[batch, length]`, or of (these, labels).

    Raises:
        ValueError: where the model was never trained.

    Example:
        >>> from tfgen import VQVAE, likelihoods, networks, quantizers
        >>> encoder = networks.grid_encoder((8, 8, 1), code_dim=2)
        >>> decoder = networks.grid_decoder(2, (8, 8, 1))
        >>> vqvae = VQVAE(encoder, decoder, quantizers.FSQ((3, 3)), likelihoods.Bernoulli())
        >>> vqvae.compile("adam")
        >>> images = tf.data.Dataset.from_tensor_slices(tf.zeros([4, 8, 8, 1])).batch(2)
        >>> _ = vqvae.fit(images, verbose=0)
        >>> tokens(vqvae, images).element_spec.shape
        TensorShape([None, 4])
    """
    vqvae.check_trained("tokens")

    def convert(images, *labels):
        tokens = vqvae.encode_latents(images)
        return (tokens, *labels) if labels else tokens

    return data.map(convert, num_parallel_calls=tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)
