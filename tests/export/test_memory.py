"""Exports in one process do not add up."""

import subprocess
import sys

SCRIPT = """
import ctypes, gc, os, sys, tempfile, warnings
import keras, numpy as np, tensorflow as tf
import tfgen
from tfgen import likelihoods, networks
from tfgen.export import to_saved_model, to_tflite, verify

warnings.simplefilter("ignore")
vae = tfgen.VAE(networks.conv_encoder((16, 16, 1), 8, 4), networks.conv_decoder(4, (16, 16, 1), 4),
                likelihoods.Bernoulli(), latent_dim=4)
vae.decoder.layers[-1].activation = keras.activations.silu  # whose gradient is its own


def resident():
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(open("/proc/self/statm").read().split()[1])


for number in range(int(sys.argv[1])):
    with tempfile.TemporaryDirectory() as directory:
        files = to_tflite(vae, directory, ["float32"], endpoints="decode")
        version = to_saved_model(vae, directory + "/versions")
        verify(vae, files, saved_model=version, seconds=0, count=2)
    graphs = sum(isinstance(thing, tf.Graph) for thing in gc.get_objects())
    print(resident(), graphs)
"""


def test_what_an_export_took_is_given_back():
    command = [sys.executable, "-c", SCRIPT, "6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    memory, graphs = ([int(number) for number in column] for column in zip(*lines, strict=True))
    assert memory[-1] < 1.05 * memory[1], memory
    assert graphs[-1] == graphs[1], graphs
