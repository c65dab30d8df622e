"""Protocols shared by recipes of one family."""

import sys

import numpy as np

from tfgen.labels import in_turn

SAMPLES = 10_000  # as many as MNIST has test images: distances depend on the counts
TRAINING_DIGITS = (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)  # of 0, 1, ..., 9


def judge_vae(model, test, num_samples=5000):
    """Return the numbers of a VAE on a test set: nats per example, means over all of it.

    `nll` is minus the importance-weighted bound with `num_samples` samples, an upper bound of the
    true value in expectation; the others are those that `evaluate` logs.
    """
    evaluated = model.evaluate(test, return_dict=True, verbose=0)
    estimates = model.log_likelihood(test, num_samples, verbose=int(sys.stdout.isatty()))
    error = float(np.std(estimates) / np.sqrt(len(estimates)))
    return {
        "nll": float(-np.mean(estimates)),
        "nll_standard_error": error,
        "importance_samples": num_samples,
        "examples": len(estimates),
        **{name: float(evaluated[name]) for name in ("elbo", "distortion", "rate", "active_units")},
    }


def judge_mixture(model, centres, deviation, count=10_000, seed=0):
    """Return how many modes the samples of a GAN hit, and how many samples hit one.

    `high_quality` is the share within 3 deviations of a centre, 0.989 for the mixture itself.
    """
    from tfgen import metrics

    samples = model.sample(count, seed=seed).numpy()
    found = metrics.mixture_modes(samples, centres, deviation)
    return {**found, "of_modes": len(centres), "samples": count}


def judge_digits(model, test, count=SAMPLES, seed=0):
    """Return how near samples are to MNIST's test digits, seen by the shipped classifier.

    All numbers of `metrics.compare`, with the classifier's hash and accuracy, without which they
    mean nothing. A class-conditional model is asked for digits at random, each as often as it is
    among the training digits: what counts is p(x), as for other models. For such a model there is
    also `as_asked`, the share of samples that the classifier takes for the digit asked for.
    """
    from tfgen import metrics

    extractor, labels = metrics.mnist_features(), digits_to_ask_for(model, count, seed)
    fakes = [extractor.outputs(images) for images in drawn(model, count, seed, labels)]
    real = metrics.feature_batches(extractor, _in_unit_range(test, model))
    found = metrics.compare(real, [fake["features"] for fake in fakes])
    if model.num_classes:
        digits = np.concatenate([np.argmax(fake["logits"], axis=-1) for fake in fakes])
        found["as_asked"] = float(np.mean(digits == labels))
    return {**found, "classifier": extractor.hash[:8], "classifier_accuracy": extractor.accuracy}


def judge_stacked_digits(model, test, count=26_000, seed=0):
    """Return how many of the 1,000 triples of digits come up, and how evenly, by VEEGAN's protocol.

    Real triples of test digits get 1,000 modes and a KL of about 0.02 at this count.
    """
    from tfgen import metrics

    extractor = metrics.mnist_features()
    modes = metrics.stacked_modes(drawn(model, count, seed), extractor.logits)
    return {
        **metrics.mode_coverage(modes),
        "samples": count,
        "classifier": extractor.hash[:8],
        "classifier_accuracy": extractor.accuracy,
    }


def judge_colour_images(model, test, count=SAMPLES, seed=0):
    """Return `metrics.compare` on the features of Keras's InceptionV3, whose weights it downloads.

    These are not the weights of published Fréchet distances: compare with numbers of your own.
    """
    from tfgen import metrics

    extractor = metrics.inception_features()
    real = metrics.feature_batches(extractor, _in_unit_range(test, model))
    fakes = metrics.feature_batches(extractor, drawn(model, count, seed))
    return {**metrics.compare(real, fakes), "classifier": extractor.hash[:8]}


def frechet_distance(model, test, count=SAMPLES, seed=0):
    """Return the function from the model to its distance from test digits, as in `judge_digits`.

    A recipe's `watch`: what stays the same while the model learns is done once.
    """
    from tfgen import metrics

    extractor = metrics.mnist_features()
    real = metrics.moments(metrics.feature_batches(extractor, _in_unit_range(test, model)))
    labels = digits_to_ask_for(model, count, seed)

    def distance(model):
        fakes = metrics.feature_batches(extractor, drawn(model, count, seed, labels))
        return metrics.frechet_distance(real, fakes)

    return distance


def digits_to_ask_for(model, count, seed):
    """Return labels int `[count]`, drawn in the shares of the training set; None without classes.

    As in the evaluation of StyleGAN2-ADA (Karras et al. 2020, arXiv 2006.06676). With equally many
    of each, real digits themselves would be further from the test set.
    """
    if not model.num_classes:
        return None
    shares = np.divide(TRAINING_DIGITS, sum(TRAINING_DIGITS))
    return np.random.default_rng(seed).choice(len(shares), count, p=shares)


def drawn(model, count, seed, labels=None):
    """Yield `count` samples as batches of images in [0, 1]; see `generated`."""
    for images in generated(model, count, seed, labels):
        yield np.clip(_scaled(images, model), 0.0, 1.0)


def generated(model, count, seed, labels=None, batch_size=500):
    """Yield the samples of `model.sample(count, seed, labels)` batch by batch, not holding them.

    Without labels, a class-conditional model draws its classes in turn.
    """
    import tensorflow as tf

    from tfgen import sampling

    generate = model.endpoints()["generate"]
    name, _ = generate.shown
    draw = tf.function(lambda inputs: generate(**inputs)[name], reduce_retracing=True)
    inputs = {"seed": sampling.seeds(seed, count)}
    if model.num_classes:
        turns = in_turn(count, model.num_classes)
        inputs["label"] = tf.cast(turns if labels is None else labels, tf.int32)
    for start in range(0, count, batch_size):
        yield draw({k: v[start : start + batch_size] for k, v in inputs.items()}).numpy()


def _in_unit_range(dataset, model):
    from tfgen import metrics

    return (_scaled(images, model) for images in metrics.features.image_batches(dataset))


def _scaled(images, model):
    """From the range of a model and its data to [0, 1]."""
    low, high = model.value_range
    return (images - low) / (high - low)
