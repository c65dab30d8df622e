"""Importance-weighted estimates of log p(x)."""

import math

import tensorflow as tf

from tfgen import sampling
from tfgen.checks.numbers import check_integer
from tfgen.progress import Bar
from tfgen.training.data import batches

_ROWS = 2_500  # latents decoded at a time: their parameters stay within a few megabytes


def log_weights(model, images, labels, posterior, z, training=False):
    """Return log p(x, z) - log q(z | x), [samples, batch], in nats.

    Args:
        model: a VAE.
        images: [batch, h, w, c].
        labels: int [batch], or None.
        posterior: q(z | x), of batch shape [batch].
        z: [samples, batch, latent_dim].
        training: whether the decoder runs in training mode.

    Reference:
        Burda et al. 2015, arXiv 1509.00519, equation 8.
    """
    distortion = distortions(model, images, labels, z, training)
    return model.prior.log_prob(z, labels) - posterior.log_prob(z) - distortion


def distortions(model, images, labels, z, training=False):
    """Return -log p(x | z), [samples, batch], for z [samples, batch, latent_dim]."""
    samples, batch = tf.shape(z)[0], tf.shape(z)[1]

    def tiled(x):
        tiles = tf.tile(x[None], [samples] + [1] * x.shape.rank)
        return tf.reshape(tiles, [samples * batch, *x.shape[1:]])

    flat = tf.reshape(z, [samples * batch, model.latent_dim])
    images = tiled(tf.convert_to_tensor(images))
    labels = None if labels is None else tiled(tf.convert_to_tensor(labels))
    log_prob = model.decode(flat, labels, training).log_prob(images)
    return -tf.reshape(log_prob, [samples, batch])


def importance_log_likelihood(model, data, num_samples, seed, batch_size, verbose):
    """Return the estimates for `VAE.log_likelihood`, which documents them."""
    owner = f"{type(model).__name__}.log_likelihood"
    check_integer(owner, "num_samples", num_samples, "Use 5000 for numbers to publish.")
    parts, count = batches(owner, model.takes, data, batch_size)

    chunk = _compiled_chunk(model)
    bar = Bar("Estimating log p(x)", count, verbose=verbose)
    estimates, start = [], 0
    for images, labels in parts:
        rows = sampling.seeds(seed, len(images), start)
        size = max(1, min(num_samples, _ROWS // len(images)))
        pieces = [
            chunk(images, labels, rows, tf.constant(first), min(size, num_samples - first))
            for first in range(0, num_samples, size)
        ]
        estimates.append(tf.reduce_logsumexp(tf.stack(pieces), axis=0) - math.log(num_samples))
        start += len(images)
        bar.to(len(estimates), f"  nll {-tf.reduce_mean(estimates[-1]):.4g}")
    bar.close()
    return tf.concat(estimates, axis=0).numpy()


def _compiled_chunk(model):
    """Return the log of the sum of some weights, compiled for each batch and count it meets."""

    def log_sum(images, labels, rows, first, count):
        posterior = model.encode(images, labels)
        shape = (count, model.latent_dim)
        noise = sampling.normal(rows, shape, offset=first * model.latent_dim)
        z = posterior.mean() + posterior.stddev() * tf.transpose(noise, [1, 0, 2])
        return tf.reduce_logsumexp(log_weights(model, images, labels, posterior, z), axis=0)

    compiled = {}

    def chunk(*arguments):
        *tensors, count = arguments
        key = (len(tensors[0]), count)
        if key not in compiled:  # made here, since tf.function warns of each new shape it meets
            # As the model trains: XLA makes dense networks faster and convolutions on CPUs slower.
            function = tf.function(log_sum, jit_compile=model.jit_compile or None)
            compiled[key] = function.get_concrete_function(*arguments)
        return compiled[key](*[tensor for tensor in tensors if tensor is not None])

    return chunk
