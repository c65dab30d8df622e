"""Protocols for tokenizers, and for the priors over their tokens."""

import math

import numpy as np

from tfgen import progress
from tfgen.recipes.judging.evaluating import evaluated
from tfgen.recipes.judging.samples import facts


def judge_tokenizer(model, evidence):
    """Return how much of its codebook a tokenizer uses, and what is lost on the way through it.

    All over the whole test set. `bits_per_dim` is that of p(x | codes) alone, without the codes.
    """
    test = evidence.test
    pairs = [(images, model.reconstruct(images).numpy()) for images in test.as_numpy_iterator()]
    images, reconstructed = (np.concatenate(part) for part in zip(*pairs, strict=True))
    logged = evaluated(model, test)
    return {
        "usage": float(logged["usage"]),
        "perplexity": float(logged["perplexity"]),
        "codebook_size": model.codebook_size,
        "tokens": model.token_count,
        "mse": float(np.mean(np.square(images - reconstructed))),
        "bits_per_dim": float(logged["distortion"]) / _nats_per_bit(model),
        "examples": len(images),
        **_frechet(evidence.features, model, images, reconstructed),
    }


def judge_token_generator(model, evidence):
    """Return how samples, one for each test image and of its class, compare with these.

    `recognised` is the share of samples in which the classifier sees the class that was asked for.
    Where the prior has a likelihood, there are three numbers in bits per dimension:
    `bits_per_dim_codes` is -log p(codes | class), `bits_per_dim_reconstruction` is
    -log p(x | codes), both at the codes of the test image x, and `bits_per_dim` is their sum. That
    is an upper bound of -log p(x | class), for x could have come from other codes as well.
    """
    images, labels = _examples(evidence.test)
    samples = _samples(model, len(images), labels)
    return {
        **compared(samples, labels, images, evidence.features, model),
        **_bits(model, evidence.test),
        "samples": len(samples),
        "examples": len(images),
    }


def compared(samples, labels, images, features, model):
    """Return the Fréchet distance of samples from images, and the share recognised as asked.

    Args:
        samples: images as the model draws them, `[count, ...]`.
        labels: the classes that were asked for, int `[count]`, or None.
        images: real ones, in the same range.
        features: a `metrics.FeatureExtractor`, or None.
        model: whose kind the images are of.
    """
    found = _frechet(features, model, images, samples)
    if features is not None and labels is not None:
        logits = _in_parts(features.logits, model.kind.to_unit(samples))
        found["recognised"] = float(np.mean(np.argmax(logits, axis=-1) == labels))
    return found


def _examples(test):
    """Return all images, and their labels or None."""
    batches = list(test.as_numpy_iterator())
    if not isinstance(batches[0], tuple):
        return np.concatenate(batches), None
    return tuple(np.concatenate(part) for part in zip(*batches, strict=True))


def _samples(model, count, labels, batch_size=500):
    """So many samples, for the labels if there are any; part i has the seed i."""

    def part(i, start):
        rows = slice(start, min(start + batch_size, count))
        own = None if labels is None else labels[rows]
        return model.sample(rows.stop - rows.start, i, own).numpy()

    parts = (part(i, start) for i, start in enumerate(range(0, count, batch_size)))
    return np.concatenate([*progress.shown(parts, "Drawing samples", count)])


def _frechet(features, model, real, fake):
    if features is None:
        return {}
    from tfgen import metrics

    real, fake = (_in_parts(features, model.kind.to_unit(images)) for images in (real, fake))
    return {"frechet_distance": float(metrics.frechet_distance(real, fake)), **facts(features)}


def _in_parts(function, images, size=500):
    """Apply a function to so many images at a time."""
    return np.concatenate([function(images[i : i + size]) for i in range(0, len(images), size)])


def _bits(model, test):
    """The bound of the likelihood, and its parts; nothing for a prior that has no likelihood."""
    if not model.prior.has_likelihood:
        return {}
    codes = evaluated(model, test)["loss"]
    distortion = _mean_distortion(model.autoencoder, test)
    nats = _nats_per_bit(model.autoencoder)
    parts = {"codes": float(codes) / nats, "reconstruction": distortion / nats}
    return {
        "bits_per_dim": sum(parts.values()),
        **{f"bits_per_dim_{name}": value for name, value in parts.items()},
    }


def _mean_distortion(vqvae, test):
    """Mean of -log p(x | codes) in nats; the autoencoder may not be compiled."""
    batches = (batch[0] if isinstance(batch, tuple) else batch for batch in test)
    nats = [vqvae.objective(x, None, training=False)[1]["distortion"] for x in batches]
    return float(np.mean(np.concatenate(nats)))


def _nats_per_bit(vqvae):
    """How many nats of an example are one bit of each of its dimensions."""
    return math.log(2.0) * math.prod(vqvae.example_shape)
