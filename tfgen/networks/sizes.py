"""The chain of sizes and channels that convolutional networks walk, down or up.

Each side is halved, rounding up, until it is at most 4 (28 → 14 → 7 → 4).
"""

_SMALLEST_SIDE, _LARGEST_SIDE = 8, 128
_LARGER_SIDES = (256, 512)  # of which all halves are whole
_COARSEST_SIDE = 4


def channels_at(width: int, step: int) -> int:
    """Return the channels after `step + 1` halvings; at full size, step -1, half the width."""
    return max(1, int(width * 2 ** min(step, 3)))


def halved_sizes(network: str, image_shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the chain of sizes from the image's to the coarsest, [(h, w), ...]."""
    valid = len(image_shape) == 3 and all(isinstance(n, int) for n in image_shape)
    if not valid or image_shape[-1] < 1:
        raise ValueError(
            f"{network} received image_shape={tuple(image_shape)!r}: expected three positive "
            "integers. Set image_shape=(height, width, channels), without the batch."
        )
    sides = image_shape[:2]
    if not all(_SMALLEST_SIDE <= n <= _LARGEST_SIDE or n in _LARGER_SIDES for n in sides):
        raise ValueError(
            f"{network} received image_shape={tuple(image_shape)!r}: both sides must be from "
            f"{_SMALLEST_SIDE} to {_LARGEST_SIDE} pixels, or 256 or 512. Resize or crop the images."
        )
    sizes = [tuple(sides)]
    while max(sizes[-1]) > _COARSEST_SIDE:
        sizes.append(tuple(_halve(side) for side in sizes[-1]))
    return sizes


def _halve(side):
    return -(-side // 2) if side > _COARSEST_SIDE else side
