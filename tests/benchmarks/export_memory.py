"""The memory that a process keeps from one export to the next.

python tests/benchmarks/export_memory.py --exports 20 --modes int8

Each export writes TFLite files and a SavedModel of the same convolutional VAE, and is verified.
"""

import argparse
import ctypes
import gc
import os
import tempfile
from pathlib import Path

import tensorflow as tf
from tfgen.export import MODES, to_saved_model, to_tflite, verify

from tfgen import VAE, likelihoods, networks


def main():
    """Print the resident memory after each export, and the graphs that are still alive."""
    options = _options()
    vae = VAE(
        networks.conv_encoder((28, 28, 1), 32), networks.conv_decoder(16, (28, 28, 1)),
        likelihoods.Bernoulli(), latent_dim=16,
    )  # fmt: skip
    print("| export | MB | growth since the second | graphs |\n|---|---|---|---|")
    second = None
    for number in range(1, options.exports + 1):
        with tempfile.TemporaryDirectory() as directory:
            files = to_tflite(vae, directory, options.modes)
            version = to_saved_model(vae, Path(directory) / "versions")
            verify(vae, files, saved_model=version, seconds=0)
        used, graphs = _resident_megabytes(), _living_graphs()
        second = used if number == 2 else second
        growth = f"{used / second - 1:+.1%}" if second else ""
        print(f"| {number} | {used:.0f} | {growth} | {graphs} |", flush=True)


def _resident_megabytes():
    """After the allocator has given back what it can."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _living_graphs():
    return sum(isinstance(thing, tf.Graph) for thing in gc.get_objects())


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exports", type=int, default=20)
    parser.add_argument("--modes", nargs="+", default=["int8"], choices=MODES)
    return parser.parse_args()


if __name__ == "__main__":
    main()
