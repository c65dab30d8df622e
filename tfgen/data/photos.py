"""Image files as people keep them: read, turned upright, and refused by name."""

import dataclasses
import os
from multiprocessing.pool import ThreadPool

import numpy as np
from PIL import Image, ImageOps

_WANTED = {
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif",
}  # fmt: skip
_READABLE = {k: v for k, v in Image.registered_extensions().items() if k in _WANTED}
SUFFIXES = frozenset(_READABLE)  # those that this Pillow reads
_FORMATS = sorted({*_READABLE.values()})  # by content, whatever the ending
_ORIENTATION = 0x0112  # Exif's number of the tag
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
}  # fmt: skip
_ENDS = {"PNG": b"IEND", "JPEG": b"\xff\xd9", "MPO": b"\xff\xd9", "GIF": b"\x3b"}
_LENGTHS = {"BMP": (2, 0), "WEBP": (4, 8)}  # where the length stands, and what is to be added
_TAIL = 64  # bytes at the end of a file among which its end is looked for


@dataclasses.dataclass(frozen=True)
class Header:
    """What a file says of its image: upright height and width, and what its pixels are."""

    height: int
    width: int
    grey: bool
    transparent: bool


def header(path):
    """Return the header of a file, of which the pixels are decoded only if its end looks cut off.

    Raises:
        ValueError: naming the file, if it cannot be read.
    """
    with _naming(path), Image.open(path, formats=_FORMATS) as image:
        _check_depth(image)
        if not _ends_well(path, image.format):
            image.load()
        turned = _turn(image) in (5, 6, 7, 8)
        height, width = image.size if turned else image.size[::-1]
        grey = image.mode in ("1", "L", "LA", "La")
        transparent = image.mode in ("LA", "La", "PA", "RGBA", "RGBa") or (
            "transparency" in image.info
        )
        return Header(height, width, grey, transparent)


def headers(paths, name):
    """Return the headers of all files.

    Raises:
        ValueError: naming the first that cannot be read, and counting the others.
    """

    def attempt(path):
        try:
            return header(path)
        except ValueError as error:
            return error

    found = in_threads(attempt, paths)
    bad = [each for each in found if isinstance(each, ValueError)]
    if len(bad) > 1:
        raise ValueError(f"{name} has {len(bad):,} files that cannot be read; the first: {bad[0]}")
    if bad:
        raise bad[0]
    return found


def read_image(path, channels, size=None):
    """Return one upright image, the first if the file has several: uint8 `[h, w, channels]`.

    Transparency is dropped. Greyscale and colour are converted into each other.

    Args:
        path: of the file.
        channels: 1 or 3.
        size: `(h, w)`, or None. See `resize`.

    Raises:
        ValueError: naming the file, if it cannot be read.
    """
    with _naming(path), Image.open(path, formats=_FORMATS) as image:
        _check_depth(image)
        turn = _turn(image)
        image = image.convert("L" if channels == 1 else "RGB")
        pixels = np.asarray(image.transpose(_TURNS[turn]) if turn in _TURNS else image)
    pixels = pixels.reshape(*pixels.shape[:2], channels)
    return pixels if size is None else resize(pixels, size)


def resize(pixels, size):
    """Return an image as uint8 `[*size, c]`: cut to the new aspect ratio around its centre, then
    resampled with antialiasing (bicubic).
    """
    if pixels.shape[:2] == tuple(size):
        return pixels
    image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
    fitted = ImageOps.fit(image, (size[1], size[0]), method=Image.Resampling.BICUBIC)
    return np.asarray(fitted).reshape(*size, pixels.shape[-1])


def in_threads(function, items):
    """Return the results in order; Pillow and hashes work outside the interpreter's lock."""
    with ThreadPool(os.cpu_count()) as pool:
        return pool.map(function, items, chunksize=16)


class _naming:
    """Errors inside become one that names the file."""

    def __init__(self, path):
        self.path = path

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if isinstance(error, Exception):  # Pillow raises OSError, SyntaxError, and its own
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise ValueError(
                f"{self.path} is not a readable image ({reason}): expected 8-bit "
                f"{', '.join(_FORMATS)}. Repair or remove the file."
            ) from error


def _check_depth(image):
    if image.mode[0] in "IF":
        raise ValueError(f"its pixels are of mode {image.mode}, not 8 bits")


def _turn(image):
    """Exif's orientation, 1 for upright; Pillow turns TIFF files itself as it loads them."""
    known = "exif" in image.info or "Raw profile type exif" in image.info
    return image.getexif().get(_ORIENTATION, 1) if known else 1


def _ends_well(path, kind):
    """Whether the last bytes are those of a whole file, as far as its format tells."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        if kind in _LENGTHS:
            start, add = _LENGTHS[kind]
            file.seek(start)
            return int.from_bytes(file.read(4), "little") + add <= size
        file.seek(max(0, size - _TAIL))
        return kind in _ENDS and _ENDS[kind] in file.read()
