"""Protocols for priors over the latents of a VAE."""

import numpy as np

from tfgen import progress
from tfgen.recipes.judging.samples import SAMPLES, asked, judge_samples

_LOOKED_AT = 1_000  # latents whose likelihood is asked for: some priors take long


def judge_latent_generator(model, evidence, count=SAMPLES, seed=0):
    """Return how near samples are to the test examples, beside what a prior can gain.

    `frechet_distance` and the numbers of `judge_samples` are those of the fitted prior;
    `frechet_distance_standard_normal` is that of the same decoder with latents from N(0, I), and
    `frechet_distance_reconstructions` that of the test examples seen through the autoencoder, the
    floor of what any prior can reach; `floor_frechet_distance` is that of real training examples.
    `latent_nats`, where the prior has a likelihood, is -log p(latent) over the first 1,000 test
    examples, and `latent_nats_standard_normal` that of N(0, I).
    """
    judged = judge_samples(model, evidence, count, seed)
    if evidence.features is None:
        return {**judged, **_nats(model, evidence)}
    from tfgen import metrics

    real = metrics.moments(metrics.feature_batches(evidence.features, evidence.plain()))
    labels = asked(model, evidence, evidence.count(count), seed)
    beside = {
        "standard_normal": _standard(model, evidence.count(count), seed, labels),
        "reconstructions": _reconstructed(model, evidence),
    }
    for name, batches in beside.items():
        units = (model.kind.to_unit(batch) for batch in batches)
        seen = metrics.feature_batches(evidence.features, units)
        judged[f"frechet_distance_{name}"] = float(metrics.frechet_distance(real, seen))
    return {**judged, **_nats(model, evidence)}


def _standard(model, count, seed, labels, batch_size=500):
    """Yield examples of latents from N(0, I), batch by batch."""
    import tensorflow as tf

    from tfgen import priors, sampling

    prior = priors.StandardNormal(model.autoencoder.latent_dim)
    decode = tf.function(model.decode_latents, reduce_retracing=True)

    def part(start):
        rows = sampling.seeds(seed, min(batch_size, count - start), start)
        own = None if labels is None else tf.cast(labels[start : start + batch_size], tf.int32)
        return decode(prior.draw(rows), own).numpy()

    parts = (part(start) for start in range(0, count, batch_size))
    return progress.shown(parts, "Drawing from N(0, I)", count)


def _reconstructed(model, evidence):
    """Yield the test examples as they come back from the autoencoder, batch by batch."""
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def there_and_back(images, labels):
        return model.decode_latents(model.encode_latents(images, labels), labels)

    for images, labels in map(_parted, evidence.test):
        yield there_and_back(images, labels).numpy()


def _nats(model, evidence):
    if not model.prior.has_likelihood:
        return {}
    from tfgen import priors

    standard, found, plain, count = priors.StandardNormal(model.autoencoder.latent_dim), [], [], 0
    for images, labels in map(_parted, evidence.test):
        latents = model.encode_latents(images, labels)
        found.append(np.asarray(model.prior.log_prob(latents, labels)))
        plain.append(np.asarray(standard.log_prob(latents)))
        count += len(latents)
        if count >= _LOOKED_AT:
            break
    return {
        "latent_nats": float(-np.concatenate(found).mean()),
        "latent_nats_standard_normal": float(-np.concatenate(plain).mean()),
    }


def _parted(batch):
    return batch if isinstance(batch, tuple) else (batch, None)
