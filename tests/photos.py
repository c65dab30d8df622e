"""A folder of photo-like JPEGs in two classes: drawn shapes on textures, in mixed sizes.

    python tests/photos.py DIRECTORY [--count 1000] [--seed 0]

Sub-folders `circles` and `squares`. Every picture has a size of its own, a textured background, a
shape of another colour, and is stored turned with the EXIF tag that turns it back, as phones do.
"""

import argparse
import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

CLASSES = ("circles", "squares")
_ORIENTATION = 0x0112
_TURNS = {1: None, 3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90,
          8: Image.Transpose.ROTATE_270}  # fmt: skip


def write_photos(directory, count=1000, seed=0, sides=(80, 200)):
    """Write `count` JPEGs, half of each class."""
    random = np.random.default_rng(seed)
    for i in range(count):
        name = CLASSES[i % 2]
        folder = pathlib.Path(directory) / name
        folder.mkdir(parents=True, exist_ok=True)
        orientation = int(random.choice(list(_TURNS)))
        picture = photo(name, random, sides)
        if _TURNS[orientation] is not None:
            picture = picture.transpose(_TURNS[orientation])
        exif = Image.Exif()
        exif[_ORIENTATION] = orientation
        picture.save(folder / f"{i:04d}.jpg", quality=90, exif=exif)


def photo(name, random, sides=(80, 200)):
    """Return one picture: brighter at the top, so that one lying on its side can be told."""
    width, height = (int(side) for side in random.integers(*sides, size=2))
    picture = _texture(width, height, random)
    draw, radius = ImageDraw.Draw(picture), min(width, height) * random.uniform(0.2, 0.35)
    centre = np.array([width, height]) / 2 + random.uniform(-0.1, 0.1, 2) * min(width, height)
    box = [*(centre - radius), *(centre + radius)]
    colour = tuple(int(level) for level in random.integers(0, 256, 3))
    (draw.ellipse if name == "circles" else draw.rectangle)(box, fill=colour)
    return picture.filter(ImageFilter.GaussianBlur(0.6))


def _texture(width, height, random):
    tint = random.integers(60, 200, 3)
    noise = random.normal(0, 25, (height // 8 + 2, width // 8 + 2, 3))
    coarse = Image.fromarray(np.clip(tint + noise, 0, 255).astype(np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), float)
    light = np.linspace(50, -50, height)[:, None, None]
    return Image.fromarray(np.clip(smooth + light, 0, 255).astype(np.uint8))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    write_photos(**vars(parser.parse_args()))
