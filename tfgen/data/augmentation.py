"""Images mirrored and shifted at random, as training sets of photos are made larger.

What happens to an image depends on `(seed, epoch, index)` only: not on its batch, nor on what was
drawn before, so that a training which resumes sees what the uninterrupted one saw.
"""

import tensorflow as tf

from tfgen import sampling

_FLIP, _CROP = 1, 2  # what noise is used for
_PURPOSE = 3  # apart from other uses of the same seed


def augment(pixels, indices, seed, epoch, flip, crop):
    """Return the images, each mirrored left to right or not, and shifted.

    Args:
        pixels: `[batch, h, w, c]` of any dtype.
        indices: int32 `[batch]`, the places of the images in the data set.
        seed: int.
        epoch: integer scalar.
        flip: whether half of the images are mirrored, each with probability 1/2.
        crop: pixels of padding by reflection, from which a window is cut out: the image is shifted
            by -crop to crop, up and down and to the sides.

    Returns:
        `[batch, h, w, c]` of the same dtype.
    """
    if not (flip or crop):
        return pixels
    key = sampling.fold(sampling.fold(seed, _PURPOSE), tf.cast(epoch, tf.int32))
    rows = tf.stack([tf.fill(tf.shape(indices), key), tf.cast(indices, tf.int32)], axis=1)
    if crop:
        pixels = _shifted(pixels, sampling.uniform(sampling.stream(rows, _CROP), (2,)), crop)
    if flip:
        mirrored = sampling.uniform(sampling.stream(rows, _FLIP), ()) < 0.5
        pixels = tf.where(mirrored[:, None, None, None], pixels[:, :, ::-1], pixels)
    return pixels


def check_crop(crop, shape):
    """Raise ValueError unless images of a shape can be padded by `crop` reflected pixels."""
    most = min(shape[:2]) - 1
    if isinstance(crop, bool) or not isinstance(crop, int) or not 0 <= crop <= most:
        raise ValueError(
            f"Images received crop={crop!r} for images of {shape[0]}x{shape[1]}: expected an "
            f"integer from 0 to {most}, the pixels that are padded by reflection."
        )


def _shifted(pixels, noise, crop):
    """Each image read from other rows and columns; those beyond an edge are its reflection."""
    choices = 2 * crop + 1
    shifts = tf.minimum(tf.cast(noise * choices, tf.int32), choices - 1) - crop  # [batch, 2]
    for axis in (1, 2):
        last = pixels.shape[axis] - 1
        places = tf.abs(tf.range(last + 1) + shifts[:, axis - 1, None])  # [batch, length]
        places = last - tf.abs(last - places)
        pixels = tf.gather(pixels, places, axis=axis, batch_dims=1)
    return pixels
