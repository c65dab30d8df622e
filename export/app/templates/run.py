"""Draws from the TFLite files beside it. Needs ai-edge-litert and NumPy, nothing else.

python run.py --seed 0 --count 4 [--file int8.tflite] [--label 3] [--out .]
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
    """Write one PNG for each row of the seed, and all numbers as images.npy."""
    options = _options()
    app = json.loads((HERE / "app.json").read_text())
    if options.file not in app["files"]:
        sys.exit(f"--file received {options.file}: expected one of {', '.join(app['files'])}.")
    if options.count < 1:
        sys.exit(f"--count received {options.count}: expected at least 1.")
    images = draw(HERE / options.file, options.seed, options.count, options.label)
    options.out.mkdir(parents=True, exist_ok=True)
    np.save(options.out / "images.npy", images)
    for row, image in enumerate(as_pixels(images, app["images_range"])):
        (options.out / f"image{row}.png").write_bytes(png(image))
    print(f"Wrote {len(images)} images of shape {images.shape[1:]} to {options.out}")


def draw(path, seed, count, label=0):
    """Return images [count, ...], the first `count` of that seed."""
    runner = Interpreter(str(path)).get_signature_runner("generate")
    details = runner.get_input_details()
    batch = details["seed"]["shape"][0]
    pieces = []
    for start in range(0, count, batch):
        rows = np.arange(start, start + batch)
        inputs = {"seed": np.stack([np.full(batch, seed), rows], axis=1).astype(np.int32)}
        if "label" in details:
            inputs["label"] = np.full(batch, label, np.int32)
        pieces.append(runner(**inputs)["images"])
    return np.concatenate(pieces)[:count]


def as_pixels(images, images_range):
    """Return uint8 images of floats in `images_range`; uint8 images stay as they are."""
    if images.dtype == np.uint8:
        return images
    black, white = images_range
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


def _options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    first = next(iter(json.loads((HERE / "app.json").read_text())["files"]))
    parser.add_argument("--file", default=first, help="a .tflite file of this folder")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same images")
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--label", type=int, default=0, help="the class, where there are any")
    parser.add_argument("--out", type=Path, default=Path("."))
    return parser.parse_args()


if __name__ == "__main__":
    main()
