"""What becomes of stored pixels: scaled or binarised, and in training flipped and cropped."""

import dataclasses

import tensorflow as tf

from tfgen import kinds
from tfgen.data import augmentation, binarization, shuffling
from tfgen.data.examples import InMemory


@dataclasses.dataclass(frozen=True)
class Pixels:
    """How a batch of images is to look.

    Attributes:
        value_range: `(low, high)` of black and white.
        binarize: None; "dynamic": pixels are 0 or 1, drawn anew each epoch with the intensity as
            probability; "static": drawn once for each image, the same for every batch size.
        flip: whether each image is mirrored left to right with probability 1/2.
        crop: pixels by which images are padded with their reflection, before a window of their
            size is cut out at random.
    """

    value_range: tuple = (0.0, 1.0)
    binarize: str | None = None
    flip: bool = False
    crop: int = 0

    def __post_init__(self):
        kinds.Image(self.value_range)  # which refuses a range that is none
        _check_binarize(self.value_range, self.binarize)
        if not isinstance(self.flip, bool):
            raise ValueError(f"Images received flip={self.flip!r}: expected True or False.")

    def prepared(self, examples, seed):
        """Return look and examples, with what is the same in every epoch done already."""
        augmentation.check_crop(self.crop, examples.shape)
        if self.binarize != "static" or not isinstance(examples, InMemory):
            return self, examples
        drawn = binarization.binarize_array(examples.array, examples.white, seed)
        examples = dataclasses.replace(examples, array=drawn, white=1.0)
        return dataclasses.replace(self, binarize=None), examples

    def of_epoch(self, examples, seed, epoch):
        """Return the function `(number of the batch, indices, pixels) -> float32 batch`."""
        low, high = map(float, self.value_range)
        if self.binarize == "dynamic":
            noise = shuffling.noise_seed(shuffling.key(seed, shuffling.BINARIZE, epoch))

        def look(number, indices, pixels):
            if self.binarize == "dynamic":
                pixels = binarization.draw_dynamic(pixels, examples.white, noise + [0, number])
            elif self.binarize == "static":
                pixels = binarization.draw_static(pixels, examples.white, indices, seed)
            pixels = augmentation.augment(pixels, indices, seed, epoch, self.flip, self.crop)
            return pixels if self.binarize else _scaled(pixels, examples.white, low, high)

        return look


def _scaled(pixels, white, low, high):
    pixels = tf.cast(pixels, tf.float32)
    pixels = pixels if white == 1.0 else pixels / white
    return pixels if (low, high) == (0.0, 1.0) else pixels * (high - low) + low


def _check_binarize(value_range, binarize):
    if binarize not in (None, "dynamic", "static"):
        raise ValueError(
            f'Images received binarize={binarize!r}: expected None, "dynamic" or "static".'
        )
    if binarize and tuple(value_range) != (0, 1):
        raise ValueError(
            f"Images received value_range={value_range} with binarize={binarize!r}: binary images "
            "are 0 and 1. Leave value_range out."
        )
