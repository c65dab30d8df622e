"""Samples of priors that write tokens one by one, and of those that fill in many, on equal terms.

    python tests/benchmarks/decoding_quality.py [--tokens 64 256] [--epochs 3] [--codes 64]
        [--samples 5000] [--data-dir DIR]

MNIST with a black margin, 32x32, becomes 8x8 or 16x16 tokens; the margin is cut off before the
samples are judged. For each number of tokens one tokenizer is trained for two epochs, then both
priors for the same number of epochs, with the networks and settings of `mnist-token-prior` and
`mnist-maskgit`. Prints the Fréchet distance from as many test images as samples, the share of
samples in which the shipped classifier sees the class that was asked for, and milliseconds an
image, 50 at a time and compiled before.
"""

import argparse
import dataclasses
import time

import numpy as np
import tensorflow as tf

from tfgen import metrics, recipes
from tfgen.data import open_source
from tfgen.recipes.judging.tokens import compared
from tfgen.recipes.models import tokenizers

GRIDS = {64: 8, 256: 16}
MARGIN = 2
SHAPE = (32, 32, 1)
BATCH = 50  # samples drawn at once


def padded(source, split, batch_size=128):
    """Return MNIST with a margin, in batches of (images, labels)."""
    train = split == "train"
    images = source.batches(split, batch_size=batch_size, labels=True, drop_remainder=train)
    margins = [[0, 0], [MARGIN, MARGIN], [MARGIN, MARGIN], [0, 0]]
    return images.map(lambda image, label: (tf.pad(image, margins), label))


def cut(images):
    """Return the images without their margin."""
    return images[:, MARGIN:-MARGIN, MARGIN:-MARGIN]


def tokenizer(tokens, codes, source):
    """Return a trained VQ-VAE with so many tokens and codes."""
    changes = {"epochs": 2, "codebook_size": codes, "grid": GRIDS[tokens]}
    settings = recipes.get("mnist-vqvae").settings.changed(changes)
    train = padded(source, "train").map(lambda images, labels: images)
    spec = dataclasses.replace(source.spec, shape=SHAPE)
    model = tokenizers.ema(settings, spec, int(train.cardinality()))
    model.fit(train, epochs=settings.epochs, verbose=2)
    return model


def generators(vqvae, epochs, source):
    """Yield `(name, trained generator)` for both kinds of prior."""
    train = padded(source, "train")
    for name, recipe in {"causal": "mnist-token-prior", "masked": "mnist-maskgit"}.items():
        settings = recipes.get(recipe).settings.changed({"epochs": epochs})
        model = recipes.get(recipe).build(settings, source.spec, int(train.cardinality()), vqvae)
        model.fit(train, epochs=epochs, verbose=2)
        yield name, model


def judged(model, images, labels):
    """Return Fréchet distance, share recognised, and milliseconds an image."""
    model.sample(BATCH, 0, labels[:BATCH])  # compiles
    starts = range(0, len(labels), BATCH)
    began = time.perf_counter()
    parts = [model.sample(BATCH, i, labels[s : s + BATCH]).numpy() for i, s in enumerate(starts)]
    milliseconds = 1000 * (time.perf_counter() - began) / len(labels)
    samples = cut(np.concatenate(parts))
    found = compared(samples, labels, cut(images), metrics.mnist_features(), model)
    return found["frechet_distance"], found["recognised"], milliseconds


def main():
    """Train, draw and judge; print a line for each prior."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, nargs="+", default=[64, 256], choices=GRIDS)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--codes", type=int, default=64)
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--data-dir")
    options = parser.parse_args()
    source = open_source("mnist", data_dir=options.data_dir)
    test = padded(source, "test", batch_size=500)
    parts = zip(*test.as_numpy_iterator(), strict=True)
    images, labels = (np.concatenate(part)[: options.samples] for part in parts)
    for tokens in options.tokens:
        vqvae = tokenizer(tokens, options.codes, source)
        for name, model in generators(vqvae, options.epochs, source):
            distance, recognised, milliseconds = judged(model, images, labels)
            print(
                f"{tokens:4} tokens, {name}: Fréchet distance {distance:.2f}, {recognised:.1%} "
                f"recognised, {milliseconds:.1f} ms an image",
                flush=True,
            )


if __name__ == "__main__":
    main()
