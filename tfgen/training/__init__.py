"""Training mechanics: the only room that knows Keras's trainer, replicas and loss scaling."""

from tfgen.training.model import GenerativeModel as GenerativeModel


def example_shape(data):
    """Return the shape of one example, or None where it can't be told before training."""
    import tensorflow as tf

    if isinstance(data, tf.data.Dataset):
        data = data.element_spec
    examples = data[0] if isinstance(data, tuple) else data
    shape = getattr(examples, "shape", None)
    if shape is None or None in tuple(shape)[1:]:
        return None
    return tuple(shape)[1:]
