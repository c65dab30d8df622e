"""What examples are taken for where nobody says it."""

from tfgen.kinds.image import Image
from tfgen.kinds.kind import Kind
from tfgen.kinds.numbers import Numbers
from tfgen.kinds.points import Points


def of(shape: tuple, value_range: tuple[float, float] = (0.0, 1.0)) -> Kind:
    """Return the kind of examples of a shape: images `[h, w, 1 or 3]`, points `[n]`, or numbers.

    The one place that guesses; a model takes another kind by its argument `kind`.

    Args:
        shape: of one example, without the batch.
        value_range: black and white, if they are images.

    Example:
        >>> of((28, 28, 1)), of((2,)), of((16, 4))
        (Image(value_range=(0.0, 1.0)), Points(), Numbers())
    """
    if len(shape) == 3 and shape[-1] in (1, 3):
        return Image(value_range)
    return Points() if len(shape) == 1 else Numbers()
