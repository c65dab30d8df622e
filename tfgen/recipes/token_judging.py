"""Protocols for tokenizers, and for the priors over their tokens."""

import math

import numpy as np


def judge_tokenizer(model, test, features=None):
    """Return how much of its codebook a tokenizer uses, and what is lost on the way through it.

    All over the whole test set. `bits_per_dim` is that of p(x | codes) alone, without the codes.

    Args:
        model: a `tfgen.VQVAE`.
        test: batches of images in [0, 1].
        features: function without arguments to a `metrics.FeatureExtractor`, such as
            `metrics.mnist_features`; None for no Fréchet distance.
    """
    pairs = [(images, model.reconstruct(images).numpy()) for images in test.as_numpy_iterator()]
    images, reconstructed = (np.concatenate(part) for part in zip(*pairs, strict=True))
    evaluated = model.evaluate(test, return_dict=True, verbose=0)
    return {
        "usage": float(evaluated["usage"]),
        "perplexity": float(evaluated["perplexity"]),
        "codebook_size": model.codebook_size,
        "tokens": model.token_count,
        "mse": float(np.mean(np.square(images - reconstructed))),
        "bits_per_dim": float(evaluated["distortion"]) / _nats_per_bit(model),
        "examples": len(images),
        **({} if features is None else _frechet(features(), images, reconstructed)),
    }


def judge_generator(model, test, features):
    """Return how samples, one for each test image and of its class, compare with these.

    `recognised` is the share of samples in which the classifier of `features` sees the class that
    was asked for. Where the prior has a likelihood, there are three numbers in bits per dimension:
    `bits_per_dim_codes` is -log p(codes | class), `bits_per_dim_reconstruction` is
    -log p(x | codes), both at the codes of the test image x, and `bits_per_dim` is their sum. That
    is an upper bound of -log p(x | class), for x could have come from other codes as well.

    Args:
        model: a class-conditional `tfgen.priors.TokenGenerator`.
        test: batches of (images in [0, 1], labels).
        features: as for `judge_tokenizer`.
    """
    images, labels = (np.concatenate(p) for p in zip(*test.as_numpy_iterator(), strict=True))
    samples = _samples(model, labels)
    return {
        **judge_samples(samples, labels, images, features()),
        **_bits(model, test),
        "samples": len(samples),
        "examples": len(images),
    }


def judge_samples(samples, labels, images, extractor):
    """Return the Fréchet distance of samples from images, and the share recognised as asked.

    Args:
        samples: images in [0, 1], up to rounding, `[count, ...]`.
        labels: the classes that were asked for, int `[count]`.
        images: real ones, in [0, 1].
        extractor: a `metrics.FeatureExtractor`.
    """
    seen = np.argmax(_in_parts(extractor.logits, np.clip(samples, 0.0, 1.0)), axis=-1)
    return {
        **_frechet(extractor, images, samples),
        "recognised": float(np.mean(seen == labels)),
        "classifier_accuracy": extractor.accuracy,
    }


def _samples(model, labels, batch_size=500):
    """One sample for each label; part i has the seed i."""
    starts = range(0, len(labels), batch_size)
    parts = (labels[start : start + batch_size] for start in starts)
    return np.concatenate([model.sample(len(p), i, p).numpy() for i, p in enumerate(parts)])


def _frechet(extractor, real, fake):
    from tfgen import metrics

    real, fake = (_in_parts(extractor, np.clip(images, 0.0, 1.0)) for images in (real, fake))
    distance = metrics.frechet_distance(real, fake)
    return {"frechet_distance": float(distance), "features": extractor.hash[:16]}


def _in_parts(function, images, size=500):
    """Apply a function to so many images at a time."""
    return np.concatenate([function(images[i : i + size]) for i in range(0, len(images), size)])


def _bits(model, test):
    """The bound of the likelihood, and its parts; nothing for a prior that has no likelihood."""
    if not hasattr(model.prior, "log_likelihood"):
        return {}
    codes = model.evaluate(test, return_dict=True, verbose=0)["loss"]
    images = test.map(lambda images, labels: images)
    distortion = _mean_distortion(model.vqvae, images)
    nats = _nats_per_bit(model.vqvae)
    parts = {"codes": float(codes) / nats, "reconstruction": distortion / nats}
    return {
        "bits_per_dim": sum(parts.values()),
        **{f"bits_per_dim_{name}": value for name, value in parts.items()},
    }


def _mean_distortion(vqvae, images):
    """Mean of -log p(x | codes) in nats; the autoencoder may not be compiled."""
    nats = [vqvae.objective(x, None, training=False)[1]["distortion"] for x in images]
    return float(np.mean(np.concatenate(nats)))


def _nats_per_bit(vqvae):
    """How many nats of an image are one bit of each of its dimensions."""
    return math.log(2.0) * math.prod(vqvae.example_shape)
