"""Images per second of `model.fit`, of a bare loop and of a peer on the same work, in one run.

    python tests/benchmarks/vae_fit.py [--rounds 5] [--images 20000] [--data mnist.npy]
        [--peer COMMAND]

The work is the MLP VAE of pythae's defaults: 784-512-16, Bernoulli, Adam 1e-3, batches of 128, with
the settings of `mnist-vae`: XLA, and one call for all steps of an epoch. The bare loop compiles the
same step and calls it from a `tf.while_loop` over the same dataset. Each call trains four epochs,
as the peer's does: what `fit` does once is spread as there. A peer is a command that prints a line
ending in `<number> images/s`; it is run in turn with the others. Without data, uint8 [n, 28, 28],
the images are noise. Prints the median of each and the ratios; never fails by a clock.
"""

import argparse
import re
import shlex
import statistics
import subprocess
import time

import keras
import numpy as np
import tensorflow as tf

import tfgen

BATCH, EPOCHS = 128, 4


def build(steps_per_epoch):
    """Return the compiled VAE."""
    encoder = tfgen.networks.mlp((28, 28, 1), (2 * 16,), hidden=(512,))
    decoder = tfgen.networks.mlp((16,), (28, 28, 1), hidden=(512,))
    vae = tfgen.VAE(encoder, decoder, tfgen.likelihoods.Bernoulli(), latent_dim=16)
    vae.compile(keras.optimizers.Adam(1e-3), jit_compile=True, steps_per_execution=steps_per_epoch)
    return vae


def bare_loop(vae):
    """Return a function that trains `vae` on one pass over a dataset, without Keras's trainer."""
    step = tf.function(vae.train_step, jit_compile=True)

    @tf.function
    def one_pass(dataset):
        for batch in dataset:
            step(batch)

    return one_pass


def timed(function, count):
    """Return images per second of a call that works through `count` images."""
    began = time.perf_counter()
    function()
    return count / (time.perf_counter() - began)


def reported(command):
    """Return the images per second that a peer's command prints."""
    output = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True).stdout
    return float(re.findall(r"([\d,.]+) images/s", output)[-1].replace(",", ""))


def compare(runs, rounds):
    """Call functions that return images per second in turn; print medians, and the first's ratios.

    Args:
        runs: `{name: function}`.
        rounds: calls of each.
    """
    speeds = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            speeds[name].append(run())
    for name, measured in speeds.items():
        print(f"{name}: {statistics.median(measured):,.0f} images/s")
    first, *others = runs
    for other in others:
        ratios = [a / b for a, b in zip(speeds[first], speeds[other], strict=True)]
        print(f"{first} / {other}: {statistics.median(ratios):.2f}")


def main():
    """Measure in turn, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--data", help="an .npy file of uint8 [n, 28, 28]")
    parser.add_argument("--peer", help="a command that prints its images/s")
    arguments = parser.parse_args()
    noise = np.random.default_rng(0).integers(0, 256, [arguments.images, 28, 28], np.uint8)
    images = np.load(arguments.data)[: arguments.images] if arguments.data else noise
    data = tfgen.data.images(images, batch_size=BATCH, drop_remainder=True)
    steps = int(data.cardinality())
    count = steps * BATCH * EPOCHS
    fitted, looped = build(steps), build(steps)
    one_pass = bare_loop(looped)
    runs = {
        "fit": lambda: timed(lambda: fitted.fit(data, epochs=EPOCHS, verbose=0), count),
        "bare loop": lambda: timed(lambda: [one_pass(data) for _ in range(EPOCHS)], count),
    }
    if arguments.peer:
        runs["peer"] = lambda: reported(arguments.peer)
    for name in ("fit", "bare loop"):
        runs[name]()  # compiles
    compare(runs, arguments.rounds)


if __name__ == "__main__":
    main()
