"""Height and width, as people write them."""

import numbers
import re

Size = int | str | tuple[int, int] | None


def checked_size(size: Size) -> tuple[int, int] | None:
    """Return `(height, width)` in pixels, or None.

    Args:
        size: `(height, width)`, one number for both, text such as "64" or "64x48", or None.

    Raises:
        ValueError: for anything else.

    Example:
        >>> checked_size("64x48"), checked_size(64)
        ((64, 48), (64, 64))
    """
    lengths = _lengths(size)
    if lengths is None:
        return None
    if len(lengths) != 2 or not all(_is_length(length) for length in lengths):
        raise ValueError(
            f"Data received size={size!r}: expected (height, width) in pixels, such as (64, 48), "
            '64 for both or "64x48".'
        )
    height, width = lengths
    return int(height), int(width)


def _lengths(size):
    if size is None:
        return None
    if isinstance(size, str):
        size = [int(part) for part in size.split("x")] if re.fullmatch(r"\d+(x\d+)?", size) else []
        return size * 2 if len(size) == 1 else size
    if isinstance(size, numbers.Real):
        return (size, size)
    return tuple(size) if isinstance(size, (tuple, list)) else ()


def _is_length(length):
    whole = isinstance(length, numbers.Integral) and not isinstance(length, bool)
    return whole and 1 <= length < 2**16


def check_enlarged(name, sizes, size):
    """Raise ValueError if any image would have to be made larger.

    Args:
        name: of the data.
        sizes: `(h, w)` of all images.
        size: `(h, w)` asked for.
    """
    small = [each for each in sizes if each[0] < size[0] or each[1] < size[1]]
    if small:
        height, width = min(small, key=lambda each: each[0] * each[1])
        most = f"{min(each[0] for each in sizes)}x{min(each[1] for each in sizes)}"
        raise ValueError(
            f"{name} has {len(small):,} of {len(sizes):,} images smaller than {size[0]}x{size[1]}, "
            f"the smallest {height}x{width}: expected none. Choose a size of at most {most} "
            f"(--size {most}), or remove them."
        )
