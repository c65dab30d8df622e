"""Parts of a loss: one value per example, never reduced over the batch."""

import tensorflow as tf


def check_per_example(owner, what, value):
    """Raise `ValueError` for a scalar where `[batch]` is expected.

    Example:
        >>> check_per_example("VAE", "a loss", tf.ones([3]))
    """
    if tf.convert_to_tensor(value).shape.rank == 0:
        raise ValueError(
            f"{owner} received a scalar as {what}: expected one value per example, [batch]. Sum or "
            "average over the axes of an example only, as by tf.reduce_sum(x, axis=-1)."
        )
