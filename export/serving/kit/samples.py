"""What both clients share: which samples to ask for, and the files they become."""

import argparse
import json
import pathlib
import sys

import numpy as np

KIND = "$kind"
if KIND == "text":
    import texts
LOW, HIGH = float("$low"), float("$high")  # black and white of images
DEFAULTS = json.loads("""$defaults""")  # of inputs that the server must be given
ROWS = 32  # of one request: max_batch_size of batching_parameters.txt
SUPPORTED = (1, 3, 4)  # channels of a PNG file


def arguments(description, address):
    """Return what stands on the command line."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--address", default=address, help="host:port [%(default)s]")
    parser.add_argument("--count", type=int, default=16, help="how many samples [%(default)s]")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same samples [%(default)s]")
    parser.add_argument("--label", type=int, help="class to draw, of a class-conditional model")
    if KIND == "text":
        parser.add_argument("--prompt", default="", help="what the texts begin with")
    for name, default in DEFAULTS.items():
        parser.add_argument(f"--{name}", type=float, default=default, help="[%(default)s]")
    parser.add_argument("--version-label", help="stable or previous [the newest version]")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("samples"))
    options = parser.parse_args()
    if options.count < 1:
        parser.error(f"--count received {options.count}: expected at least 1")
    return options


def filled(inputs):
    """Return the inputs with defaults for what is left out; a server has none of its own."""
    count = len(next(iter(inputs.values())))
    return {**{n: np.full(count, value, np.float32) for n, value in DEFAULTS.items()}, **inputs}


def requests(count, seed, label=None, prompt="", **given):
    """Yield the inputs of each request: sample i is the one that the model draws from its seed.

    `given` are numbers for inputs that have a default, such as `truncation=0.7`.
    """
    beginning = texts.beginning(prompt) if KIND == "text" else {}
    for start in range(0, count, ROWS):
        rows = np.arange(start, min(start + ROWS, count), dtype=np.int32)
        inputs = {"seed": np.stack([np.full_like(rows, seed), rows], axis=1)}
        inputs |= {k: np.repeat(row, len(rows), axis=0) for k, row in beginning.items()}
        for name, value in given.items():
            inputs[name] = np.full(len(rows), value, np.float32)
        yield inputs if label is None else {**inputs, "label": np.full_like(rows, label)}


def save(samples, directory):
    """Write texts, points as CSV, images as PNG files, and what is none of it as a NumPy file."""
    directory.mkdir(parents=True, exist_ok=True)
    if KIND == "text":
        (directory / "samples.txt").write_text(texts.sheet(samples), encoding="utf-8")
        return
    if KIND == "points":
        rows = samples.reshape(len(samples), -1)
        np.savetxt(directory / "samples.csv", rows, fmt="%.9g", delimiter=",")
        return
    if samples.shape[-1] not in SUPPORTED:
        np.save(directory / "samples.npy", samples)
        return
    from PIL import Image

    levels = np.rint(255 * np.clip((samples - LOW) / (HIGH - LOW), 0, 1)).astype(np.uint8)
    for i, picture in enumerate(levels):
        picture = picture[:, :, 0] if picture.shape[-1] == 1 else picture
        Image.fromarray(picture).save(directory / f"{i:04d}.png")


def write(predict, options, failure):
    """Ask for what the command line says, and save it; `failure` is the error of the network."""
    given = {name: getattr(options, name) for name in DEFAULTS}
    given |= {"prompt": options.prompt} if KIND == "text" else {}
    asked = requests(options.count, options.seed, options.label, **given)
    try:
        answers = [predict(inputs) for inputs in asked]
    except ValueError as error:  # of the prompt
        sys.exit(f"--prompt: {error}")
    except failure as error:
        sys.exit(f"{options.address} gave no samples: {' '.join(str(error).split())}")
    save(np.concatenate(answers), options.out)
    print(f"Wrote {options.count} samples to {options.out}")
