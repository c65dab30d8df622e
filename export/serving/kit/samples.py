"""What both clients share: which samples to ask for, and the files they become."""

import argparse
import pathlib
import sys

import numpy as np
from PIL import Image

LOW, HIGH = float("$low"), float("$high")  # black and white
ROWS = 32  # of one request: max_batch_size of batching_parameters.txt
SUPPORTED = (1, 3, 4)  # channels of a PNG file


def arguments(description, address):
    """Return what stands on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--address", default=address, help="host:port [%(default)s]")
    parser.add_argument("--count", type=int, default=16, help="how many samples [%(default)s]")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same samples [%(default)s]")
    parser.add_argument("--label", type=int, help="class to draw, of a class-conditional model")
    parser.add_argument("--version-label", help="stable or previous [the newest version]")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("samples"))
    options = parser.parse_args()
    if options.count < 1:
        parser.error(f"--count received {options.count}: expected at least 1")
    return options


def requests(count, seed, label=None):
    """Yield the inputs of each request: sample i is the one that the model draws from its seed."""
    for start in range(0, count, ROWS):
        rows = np.arange(start, min(start + ROWS, count), dtype=np.int32)
        inputs = {"seed": np.stack([np.full_like(rows, seed), rows], axis=1)}
        yield inputs if label is None else {**inputs, "label": np.full_like(rows, label)}


def save(samples, directory):
    """Write samples [count, height, width, channels] as PNG files, others as one NumPy file."""
    directory.mkdir(parents=True, exist_ok=True)
    if samples.ndim != 4 or samples.shape[-1] not in SUPPORTED:
        np.save(directory / "samples.npy", samples)
        return
    levels = np.rint(255 * np.clip((samples - LOW) / (HIGH - LOW), 0, 1)).astype(np.uint8)
    for i, picture in enumerate(levels):
        picture = picture[:, :, 0] if picture.shape[-1] == 1 else picture
        Image.fromarray(picture).save(directory / f"{i:04d}.png")


def write(predict, options, failure):
    """Ask for what the command line says, and save it; `failure` is the error of the network."""
    try:
        answers = [predict(i) for i in requests(options.count, options.seed, options.label)]
    except failure as error:
        sys.exit(f"{options.address} gave no samples: {' '.join(str(error).split())}")
    save(np.concatenate(answers), options.out)
    print(f"Wrote {options.count} samples to {options.out}")
