"""Kills a training at random moments and damages its backups, and counts what comes of it.

    python tests/benchmarks/kills.py [--kills 20] [--damages 200]

A killed training is started again until it has ended; its last backup must then hold, bit for bit,
what one holds that nobody disturbed. A damaged backup must be passed over for the one before, or
be said to be damaged: never load other weights. Prints the tally; exits with 1 if a run differs.
"""

import argparse
import pathlib
import random
import subprocess
import sys
import tempfile
import time

import h5py
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from damage import DAMAGES, damaged

from tfgen.callbacks import Backup, checksums

EPOCHS = 12
TRAINING = """
import os, sys
import keras, numpy as np
import tfgen
from tfgen.callbacks import Backup

keras.utils.set_random_seed(1)
encoder = tfgen.networks.mlp((8, 8, 1), (8,), hidden=(64,))
decoder = tfgen.networks.mlp((4,), (8, 8, 1), hidden=(64,))
vae = tfgen.VAE(encoder, decoder, tfgen.likelihoods.Bernoulli(), 4)
vae.compile("adam")
done = Backup.completed_epochs(sys.argv[1])
data = tfgen.data.images("digits", batch_size=128, binarize="dynamic", first_epoch=done)
print("ready", flush=True)
vae.fit(data, initial_epoch=done, epochs=int(sys.argv[2]), verbose=0,
        callbacks=[Backup(sys.argv[1])])
"""


def train(directory, kill_after=None):
    """Train in a process of its own; kill it after so many seconds of training, or let it end."""
    command = [sys.executable, "-c", TRAINING, str(directory), str(EPOCHS)]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    process.stdout.readline()
    if kill_after is not None:
        time.sleep(kill_after)
        process.kill()
    return process.wait()


def state(path):
    """Return all numbers in a backup, by their place."""
    found = {}
    with h5py.File(path, "r") as file:
        file.visititems(
            lambda name, node: (
                found.__setitem__(name, node[()]) if isinstance(node, h5py.Dataset) else None
            )
        )
    return found


def same(a, b):
    """Whether two backups hold the same, bit for bit."""
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k], equal_nan=True) for k in a)


def newest(directory):
    """Return the path of the newest whole backup, or None where none is said to be whole."""
    try:
        epochs = Backup.completed_epochs(directory)
    except OSError:
        return None
    return pathlib.Path(directory) / f"epoch-{epochs:04d}.weights.h5"


def kills(count, undisturbed, seconds, folder):
    """Kill `count` times; return the kills, the runs, and how many runs ended as they should."""
    done, equal, runs = 0, 0, 0
    while done < count:
        directory = folder / f"run-{runs}"
        for _ in range(4):
            done += train(directory, random.uniform(0, seconds)) != 0
        train(directory)
        equal += same(state(newest(directory)), undisturbed)
        runs += 1
        print(f"{done} kills, {equal} of {runs} runs as undisturbed", flush=True)
    return done, runs, equal


def damages(count, directory):
    """Damage the newest backup `count` times in all ways; return the tally."""
    paths = sorted(directory.glob("epoch-*"))[-2:]
    whole = [path.read_bytes() for path in paths]
    states = [state(path) for path in paths]
    tally = {"passed over": 0, "whole all the same": 0, "other weights": 0}
    for seed in range(count):
        paths[1].write_bytes(damaged(whole[1], list(DAMAGES)[seed % len(DAMAGES)], seed))
        chosen = newest(directory)
        place = paths.index(chosen)
        if not same(state(chosen), states[place]):
            tally["other weights"] += 1
        else:
            tally["whole all the same" if place else "passed over"] += 1
    paths[1].write_bytes(whole[1])
    assert all(map(checksums.whole, paths))
    return tally


def main():
    """Kill and damage, and print what came of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--damages", type=int, default=200)
    arguments = parser.parse_args()
    random.seed(0)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        train(folder / "warm-up")  # the file cache
        began = time.monotonic()
        train(folder / "undisturbed")
        seconds = time.monotonic() - began
        expected = state(newest(folder / "undisturbed"))
        done, runs, equal = kills(arguments.kills, expected, seconds / 3, folder)
        tally = damages(arguments.damages, folder / "undisturbed")
    print(f"{done} kills: {equal} of {runs} runs ended bit for bit as undisturbed")
    print(f"{arguments.damages} damaged backups: {tally}")
    raise SystemExit(equal != runs or tally["other weights"] > 0)


if __name__ == "__main__":
    main()
