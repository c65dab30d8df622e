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
import time

import numpy as np
import tensorflow as tf
from tfgen.recipes.token_judging import judge_samples

from tfgen import metrics, quantizers
from tfgen.recipes import mnist_maskgit, mnist_token_prior, mnist_vqvae
from tfgen.recipes.recipe import Settings

DOWNSAMPLINGS = {64: 2, 256: 1}
MARGIN = 2
SHAPE = (32, 32, 1)
BATCH = 50  # samples drawn at once


def padded(split, settings, data_dir):
    """Return MNIST with a margin, in batches of (images, labels)."""
    images = mnist_token_prior.dataset(split, settings, data_dir)
    margins = [[0, 0], [MARGIN, MARGIN], [MARGIN, MARGIN], [0, 0]]
    return images.map(lambda image, label: (tf.pad(image, margins), label))


def cut(images):
    """Return the images without their margin."""
    return images[:, MARGIN:-MARGIN, MARGIN:-MARGIN]


def tokenizer(tokens, codes, data_dir):
    """Return a trained VQ-VAE with so many tokens and codes."""
    settings = Settings(epochs=2, batch_size=128)
    train = padded("train", settings, data_dir).map(lambda images, labels: images)
    quantizer = quantizers.EMAQuantizer(codes, mnist_vqvae.CODE_DIM, seed=0)
    model = mnist_vqvae.vqvae(
        quantizer, SHAPE, settings, int(train.cardinality()), downsamplings=DOWNSAMPLINGS[tokens]
    )
    model.fit(train, epochs=settings.epochs, verbose=2)
    return model


def generators(vqvae, epochs, data_dir):
    """Yield `(name, trained generator)` for both kinds of prior."""
    settings = Settings(epochs=epochs, batch_size=128)
    train = padded("train", settings, data_dir)
    for name, recipe in {"causal": mnist_token_prior, "masked": mnist_maskgit}.items():
        model = recipe.build(settings, int(train.cardinality()), vqvae)
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
    found = judge_samples(samples, labels, cut(images), metrics.mnist_features())
    return found["frechet_distance"], found["recognised"], milliseconds


def main():
    """Train, draw and judge; print a line for each prior."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tokens", type=int, nargs="+", default=[64, 256], choices=DOWNSAMPLINGS)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--codes", type=int, default=64)
    parser.add_argument("--samples", type=int, default=5000)
    parser.add_argument("--data-dir")
    options = parser.parse_args()
    test = padded("test", Settings(epochs=1, batch_size=500), options.data_dir)
    parts = zip(*test.as_numpy_iterator(), strict=True)
    images, labels = (np.concatenate(part)[: options.samples] for part in parts)
    for tokens in options.tokens:
        vqvae = tokenizer(tokens, options.codes, options.data_dir)
        for name, model in generators(vqvae, options.epochs, options.data_dir):
            distance, recognised, milliseconds = judged(model, images, labels)
            print(
                f"{tokens:4} tokens, {name}: Fréchet distance {distance:.2f}, {recognised:.1%} "
                f"recognised, {milliseconds:.1f} ms an image",
                flush=True,
            )


if __name__ == "__main__":
    main()
