"""Draws from the TFLite files beside it. Needs ai-edge-litert and NumPy, nothing else.

python run.py --seed 0 --count 4 [--file int8.tflite] [--label 3] [--truncation 0.7] [--out .]
"""

import argparse
import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

HERE = Path(__file__).parent


def main():
    """Write what is drawn: a PNG for each image, or a CSV of points, and all numbers as .npy."""
    app = json.loads((HERE / "app.json").read_text())
    options = _options(app)
    if options.file not in app["files"]:
        sys.exit(f"--file received {options.file}: expected one of {', '.join(app['files'])}.")
    if options.count < 1:
        sys.exit(f"--count received {options.count}: expected at least 1.")
    given = {name: getattr(options, name) for name in app["defaults"]}
    drawn = draw(
        HERE / options.file,
        app["output"],
        options.seed,
        options.count,
        label=options.label,
        **given,
    )
    options.out.mkdir(parents=True, exist_ok=True)
    write(drawn, app, options.out)
    print(f"Wrote {len(drawn)} {app['output']} of shape {drawn.shape[1:]} to {options.out}")


def draw(path, output, seed, count, **given):
    """Return examples [count, ...], the first `count` of that seed.

    `given` are numbers for the other inputs, such as `label`; what the file does not take is left
    out.
    """
    runner = Interpreter(str(path)).get_signature_runner("generate")
    details = runner.get_input_details()
    batch = details["seed"]["shape"][0]
    same = {
        name: np.full(batch, given[name], detail["dtype"])
        for name, detail in details.items()
        if name != "seed"
    }
    pieces = []
    for start in range(0, count, batch):
        rows = np.arange(start, start + batch)
        seeds = np.stack([np.full(batch, seed), rows], axis=1).astype(np.int32)
        pieces.append(runner(seed=seeds, **same)[output])
    return np.concatenate(pieces)[:count]


def write(drawn, app, out):
    """Write examples as their kind wants it."""
    np.save(out / f"{app['output']}.npy", drawn)
    if app["kind"] == "points":
        rows = drawn.reshape(len(drawn), -1)
        np.savetxt(out / f"{app['output']}.csv", rows, fmt="%.9g", delimiter=",")
        return
    for row, image in enumerate(as_pixels(drawn, app["value_range"])):
        (out / f"image{row}.png").write_bytes(png(image))


def as_pixels(images, value_range):
    """Return uint8 images of floats in `value_range`; uint8 images stay as they are."""
    if images.dtype == np.uint8:
        return images
    black, white = value_range
    return np.clip(np.round(255 * (images - black) / (white - black)), 0, 255).astype(np.uint8)


def png(image):
    """Return a uint8 image [height, width, 1 or 3] as the bytes of a PNG file."""
    height, width, channels = image.shape
    lines = b"".join(b"\0" + line.tobytes() for line in image)
    header = struct.pack(">IIBBBBB", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _options(app):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    first = next(iter(app["files"]))
    parser.add_argument("--file", default=first, help="a .tflite file of this folder")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same examples")
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--label", type=int, default=0, help="the class, where there are any")
    for name, default in app["defaults"].items():
        parser.add_argument(f"--{name}", type=float, default=default, help="[%(default)s]")
    parser.add_argument("--out", type=Path, default=Path("."))
    return parser.parse_args()


if __name__ == "__main__":
    main()
