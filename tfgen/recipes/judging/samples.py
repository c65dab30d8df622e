"""Samples beside real examples, seen through features."""

import numpy as np

from tfgen import progress

SAMPLES = 10_000  # as many as MNIST has test images: distances depend on the counts


def judge_samples(model, evidence, count=SAMPLES, seed=0):
    """Return how near samples are to the test examples.

    All numbers of `metrics.compare`, with hash and accuracy of what they are seen through, without
    which they mean nothing; and `floor_frechet_distance`, what as many training examples get. A
    class-conditional model is asked for classes at random, each as often as it is among the
    training examples, as in the evaluation of StyleGAN2-ADA (Karras et al. 2020, arXiv
    2006.06676): what counts is p(x), as for other models; with equally many of each, real examples
    themselves would be further from the test set. `recognised` is the share of its samples that the
    classifier takes for the class asked for.
    """
    from tfgen import metrics

    features = evidence.features
    if features is None:
        return {"features": "none: give the data classes, or name a network by --features"}
    count = evidence.count(count)
    labels = asked(model, evidence, count, seed)
    fakes = [features.outputs(batch) for batch in drawn(model, count, seed, labels)]
    real = np.concatenate([*metrics.feature_batches(features, evidence.plain())])
    found = metrics.compare(real, [fake["features"] for fake in fakes])
    if model.num_classes and model.num_classes == fakes[0]["logits"].shape[-1]:
        seen = np.concatenate([np.argmax(fake["logits"], axis=-1) for fake in fakes])
        found["recognised"] = float(np.mean(seen == labels))
    return {**found, **floor(evidence, real, count), **facts(features)}


def frechet(model, evidence, count=SAMPLES, seed=0):
    """Return the function from the model to its Fréchet distance, as in `judge_samples`.

    A recipe's `watch`: what stays the same while the model learns is done once. None without
    features.
    """
    if evidence.features is None:
        return None
    from tfgen import metrics

    count = evidence.count(count)
    distance, labels = _distance(evidence), asked(model, evidence, count, seed)

    def frechet_distance(model):
        batches = drawn(model, count, seed, labels)
        return distance(metrics.feature_batches(evidence.features, batches))

    return frechet_distance


def quality(model, evidence):
    """Return the function from generated examples to their `{"frechet_distance": ...}`.

    A recipe's `quality`, by which an export shows what each conversion cost. None without features.
    """
    if evidence.features is None:
        return None
    from tfgen import metrics

    distance = _distance(evidence)

    def judged(examples):
        seen = metrics.feature_batches(evidence.features, model.kind.to_unit(examples))
        return {"frechet_distance": distance(seen)}

    return judged


def sample_quality(model, evidence, count=SAMPLES, seed=0):
    """Return the Fréchet distance of samples, of classes in turn, and their number."""
    judged = quality(model, evidence)
    if judged is None:
        return {}
    count = evidence.count(count)
    examples = np.concatenate([*generated(model, count, seed)])
    return {**judged(examples), "samples": count, **facts(evidence.features)}


def facts(features):
    """Return what has to be known of features beside every number."""
    found = {"features": features.hash[:8]}
    known = features.accuracy is not None
    return {**found, "classifier_accuracy": features.accuracy} if known else found


def floor(evidence, real, count):
    """Return the Fréchet distance of training examples in the place of samples.

    `real` are the features of the test examples.
    """
    from tfgen import metrics

    seen = metrics.feature_batches(evidence.features, evidence.plain("train"))
    train = np.concatenate([*seen])
    rows = np.random.default_rng(0).permutation(len(train))[:count]
    return {"floor_frechet_distance": float(metrics.frechet_distance(real, train[rows]))}


def asked(model, evidence, count, seed):
    """Return labels int `[count]`, drawn in the shares of the training set; None without."""
    if not model.num_classes:
        return None
    shares = evidence.shares
    return np.random.default_rng(seed).choice(len(shares), count, p=shares)


def drawn(model, count, seed, labels=None):
    """Yield `count` samples as batches for judges, images in [0, 1]; see `generated`."""
    for examples in generated(model, count, seed, labels):
        yield model.kind.to_unit(examples)


def generated(model, count, seed, labels=None, batch_size=500):
    """Yield the samples of `model.sample(count, seed, labels)` batch by batch, not holding them.

    Without labels, a class-conditional model draws its classes in turn.
    """
    import tensorflow as tf

    from tfgen import sampling
    from tfgen.labels import in_turn

    generate = model.endpoints()["generate"]
    name, _ = generate.shown
    draw = tf.function(lambda inputs: generate(**inputs)[name], reduce_retracing=True)
    inputs = {"seed": sampling.seeds(seed, count)}
    if model.num_classes:
        turns = in_turn(count, model.num_classes)
        inputs["label"] = tf.cast(turns if labels is None else labels, tf.int32)
    parts = (
        draw({k: v[start : start + batch_size] for k, v in inputs.items()}).numpy()
        for start in range(0, count, batch_size)
    )
    yield from progress.shown(parts, "Drawing samples", count)


def _distance(evidence):
    """Return the function from features to their Fréchet distance from the test examples'."""
    from tfgen import metrics

    real = metrics.moments(metrics.feature_batches(evidence.features, evidence.plain()))
    return lambda fake: float(metrics.frechet_distance(real, fake))
