"""Small sources of real digits and of points, in the place of data that have to be downloaded."""

import functools

import numpy as np

from tfgen.data import open_source
from tfgen.data.source import StoredSource
from tfgen.data.sprites import Sprites

_EVERY = 41  # prime, so that all factors vary among the few


class FewSprites(Sprites):
    """Some of the sprites."""

    def __init__(self):
        super().__init__()
        few = {split: (x[::_EVERY], y[::_EVERY]) for split, (x, y) in self.parts.items()}
        self.parts, self.counts = few, {split: len(images) for split, (images, _) in few.items()}

    def factors_of(self, split):
        return super().factors_of(split)[::_EVERY]


@functools.cache
def small_source(name):
    """Return a source that calls itself `name`: real 8x8 digits, enlarged to what it would have."""
    if name in ("ring", "grid", "digits"):
        return open_source(name)
    if name == "sprites":
        return StoredSource(name, FewSprites(), 0.1)
    if name == "points":
        return open_source(np.random.default_rng(0).normal(size=(200, 5)).astype(np.float32))
    from sklearn.datasets import load_digits

    data = load_digits()
    grey = np.clip(data.images[:120, :, :, None] * 16, 0, 255).astype(np.uint8)
    side, channels = {"mnist": (28, 1), "cifar10": (32, 3)}.get(name, (16, 3))
    large = grey.repeat(side // 8, axis=1).repeat(side // 8, axis=2).repeat(channels, axis=3)
    pad = (side - large.shape[1]) // 2
    images = np.pad(large, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    source = open_source((images, data.target[:120]), holdout=0.3)
    source.name = name
    return source
