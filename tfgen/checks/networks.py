"""Networks that models are given: any Keras model from tensor to tensor, functional or subclassed.

A functional or sequential model knows its shapes. A subclassed one is asked, by one call on zeros,
which builds it too.
"""

import keras
import tensorflow as tf


def check_network(owner, name, network):
    """Raise `ValueError` for what is no network that could be called.

    Args:
        owner: who received it.
        name: what of it, such as "encoder".
        network: what was received.
    """
    if isinstance(network, type):
        raise ValueError(
            f"{owner} received {name}={network.__name__}, a class: expected a network. Call it "
            "with its settings first."
        )
    if not isinstance(network, keras.Model):
        raise ValueError(
            f"{owner} received {name}={network!r:.60}, a {type(network).__name__}: expected a "
            "keras.Model. Use one of tfgen.networks, or keras.Model(inputs, outputs)."
        )
    if isinstance(network, keras.Sequential) and not network.built:
        raise ValueError(
            f"{owner} received {name}, a Sequential that is not built: its shapes are unknown. "
            "Begin it with keras.Input(shape)."
        )


def is_functional(network):
    """Whether a network knows its inputs and outputs."""
    return bool(getattr(network, "inputs", None))


def input_shape(network):
    """Return the shape of one of what a network takes first; None where it does not know."""
    if not is_functional(network):
        return None
    shape = network.input_shape
    return tuple((shape[0] if isinstance(shape, list) else shape)[1:])


def input_count(network, expected):
    """Return how many inputs a network has; `expected` where it does not know."""
    return len(network.inputs) if is_functional(network) else expected


def output_shape(owner, name, network, received, num_classes=None):
    """Return the shape of one of what a network makes of `received`, the shape of one input.

    Raises:
        ValueError: where a subclassed network can't be called on it.
    """
    if is_functional(network):
        return tuple(network.output_shape[1:])
    x = tf.zeros([1, *received])
    inputs = x if num_classes is None else [x, tf.zeros([1], tf.int32)]
    try:
        return tuple(network(inputs, training=False).shape[1:])
    except Exception as error:
        taken = "[x, labels]" if num_classes is not None else "x"
        raise ValueError(
            f"{owner} could not call its {name}, {type(network).__name__}, on {taken} of shape "
            f"{tuple(received)}: {str(error).strip().splitlines()[0]}"
        ) from error


def check_knows_its_input(owner, name, network):
    """Raise `ValueError` for a subclassed network where nothing else tells what it takes."""
    if not is_functional(network):
        raise ValueError(
            f"{owner} received {name}={type(network).__name__}, a subclassed model: the shape of "
            "its input is unknown. Wrap it: x = keras.Input(shape); keras.Model(x, network(x))."
        )
