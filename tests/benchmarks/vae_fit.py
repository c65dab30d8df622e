"""Images per second of `model.fit` and of a bare loop on the same work, in turn, in one run.

    python tests/benchmarks/vae_fit.py [--rounds 5] [--images 20000]

The work is the MLP VAE of pythae's defaults: 784-512-16, Bernoulli, Adam 1e-3, batches of 128, on
binarised noise images, with the settings of the MLP recipes: XLA, and one call for many steps. The
bare loop compiles the same step and calls it from a `tf.while_loop` over the same dataset.
Prints the median of each and the ratio; never fails by a clock.
"""

import argparse
import statistics
import time

import keras
import numpy as np
import tensorflow as tf

import tfgen

BATCH, STEPS_PER_EXECUTION = 128, 52


def build():
    """Return the compiled VAE."""
    encoder = tfgen.networks.mlp((28, 28, 1), (2 * 16,), hidden=(512,))
    decoder = tfgen.networks.mlp((16,), (28, 28, 1), hidden=(512,))
    vae = tfgen.VAE(encoder, decoder, tfgen.likelihoods.Bernoulli(), latent_dim=16)
    vae.compile(
        keras.optimizers.Adam(1e-3), jit_compile=True, steps_per_execution=STEPS_PER_EXECUTION
    )
    return vae


def bare_loop(vae):
    """Return a function that trains `vae` on one pass over a dataset, without Keras's trainer."""
    step = tf.function(vae.train_step, jit_compile=True)

    @tf.function
    def one_pass(dataset):
        for batch in dataset:
            step(batch)

    return one_pass


def seconds(function):
    """Return how long a call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def main():
    """Measure in turn, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=20_000)
    arguments = parser.parse_args()
    images = np.random.default_rng(0).integers(0, 256, [arguments.images, 28, 28, 1], np.uint8)
    data = tfgen.data.images(images, batch_size=BATCH, binarize="dynamic", drop_remainder=True)
    fitted, looped = build(), build()
    one_pass = bare_loop(looped)
    runs = {
        "fit": lambda: fitted.fit(data, verbose=0),
        "bare loop": lambda: one_pass(data),
    }
    times = {name: [] for name in runs}
    for round_ in range(arguments.rounds + 1):
        for name, run in runs.items():
            elapsed = seconds(run)
            if round_:  # the first round compiles
                times[name].append(elapsed)
    count = int(data.cardinality()) * BATCH
    for name, measured in times.items():
        print(f"{name}: {count / statistics.median(measured):,.0f} images/s")
    pairs = zip(times["bare loop"], times["fit"], strict=True)
    print(f"fit / bare loop: {statistics.median(b / f for b, f in pairs):.2f}")


if __name__ == "__main__":
    main()
