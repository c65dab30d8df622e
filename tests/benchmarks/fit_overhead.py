"""What `model.fit` costs beside the model's own step, for a VAE and a GAN, over all kinds of data.

    python tests/benchmarks/fit_overhead.py [--rounds 8] [--steps 16]

The bare step is the compiled train step on a batch that is there already. Each round runs all in
another order, so that what slows the machine for a while slows no one of them alone; before each,
a call that is not timed. Prints the least and the greatest time of a step over the rounds, and the
latter as a share of the bare step's median; and what a matrix product reaches in the same run. A
folder of images holds what its decoding costs too. Never fails by a clock.
"""

import argparse
import pathlib
import random
import statistics
import tempfile
import time

import keras
import numpy as np
import tensorflow as tf
from gan_fit import build as build_gan

import tfgen

BATCH = 128
DATA = ("array", "slices", "shuffled slices", "folder", "PyDataset")


class Batches(keras.utils.PyDataset):
    """Batches of an array."""

    def __init__(self, array):
        super().__init__()
        self.array = array

    def __len__(self):
        return len(self.array) // BATCH

    def __getitem__(self, index):
        return (self.array[index * BATCH : (index + 1) * BATCH],)


def build_vae():
    """Return a compiled perceptron VAE, as `vae_fit.py` has it."""
    encoder = tfgen.networks.mlp((28, 28, 1), (32,), hidden=(512,))
    decoder = tfgen.networks.mlp((16,), (28, 28, 1), hidden=(512,))
    vae = tfgen.VAE(encoder, decoder, tfgen.likelihoods.Bernoulli(), 16)
    vae.compile("adam")
    return vae


def sources(images, low, directory):
    """Return `{name: what fit takes}` of the same images."""
    slices = tf.data.Dataset.from_tensor_slices(images)
    for i, image in enumerate((images - low) / (1 - low) * 255):
        keras.utils.save_img(directory / f"{i}.png", image, scale=False)
    folder = keras.utils.image_dataset_from_directory(
        directory, labels=None, color_mode="grayscale", batch_size=BATCH, image_size=(28, 28),
        verbose=False,
    )  # fmt: skip
    scaled = folder.map(lambda x: x / 255.0 * (1 - low) + low, num_parallel_calls=tf.data.AUTOTUNE)
    given = (
        images,
        slices.batch(BATCH),
        slices.shuffle(len(images)).batch(BATCH),
        scaled.prefetch(tf.data.AUTOTUNE),
        Batches(images),
    )
    return dict(zip(DATA, given, strict=True))


def bare(model, images, steps):
    """Return a function that takes so many steps without `fit`, on one batch."""
    batch = tf.constant(images[:BATCH])
    step = tf.function(lambda: model.train_step((batch,)), jit_compile=bool(model.jit_compile))

    def run():
        for _ in range(steps):
            logs = step()
        return [value.numpy() for value in logs.values()]

    return run


def matrix_peak(size=2048, repeats=5):
    """Return what a float32 matrix product reaches, in GFLOP/s."""
    a = tf.random.normal((size, size))
    product = tf.function(lambda: tf.reduce_sum(a @ a))
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        product().numpy()
        times.append(time.perf_counter() - began)
    return 2 * size**3 / min(times) / 1e9


def measured(runs, steps, rounds):
    """Return `{name: milliseconds of a step in each round}`, the order changing with the round."""
    times, order = {name: [] for name in runs}, list(runs)
    for _ in range(rounds):
        random.shuffle(order)
        for name in order:
            runs[name]()
            began = time.perf_counter()
            runs[name]()
            times[name].append((time.perf_counter() - began) / steps * 1e3)
    return times


def main():
    """Measure, and print a table for each model."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--models", default="VAE,GAN")
    arguments = parser.parse_args()
    random.seed(0)
    print(f"matrix product: {matrix_peak():.0f} GFLOP/s")
    for name, make, low in (("VAE", build_vae, 0.0), ("GAN", build_gan, -1.0)):
        if name in arguments.models.split(","):
            _compare(name, make(), low, arguments)
    print(f"matrix product: {matrix_peak():.0f} GFLOP/s")


def _compare(name, model, low, arguments):
    shape = (arguments.steps * BATCH, 28, 28, 1)
    images = np.random.default_rng(0).uniform(low, 1.0, shape).astype(np.float32)
    with tempfile.TemporaryDirectory() as directory:
        runs = {"bare step": bare(model, images, arguments.steps)}
        for kind, data in sources(images, low, pathlib.Path(directory)).items():
            given = {"batch_size": BATCH} if kind == "array" else {}
            runs[kind] = lambda data=data, given=given: model.fit(data, verbose=0, **given)
        times = measured(runs, arguments.steps, arguments.rounds)
    step = statistics.median(times["bare step"])
    print(f"\n{name}, ms a step    least  greatest  greatest / bare median")
    for kind, each in times.items():
        print(f"{kind:18} {min(each):7.2f} {max(each):9.2f}  {max(each) / step:.2f}")


if __name__ == "__main__":
    main()
