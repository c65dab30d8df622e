"""What can be wrong with a GAN's networks and data, said before training."""

import math

import keras
import numpy as np
import tensorflow as tf

from tfgen.labels import first_shape
from tfgen.networks.checks import check_fit

# Layers that move values about and leave their range as it is.
_RANGE_KEEPERS = (keras.layers.Reshape, keras.layers.Flatten, keras.layers.Permute)


def check_networks(generator, discriminator, latent_dim, num_classes):
    """Raise `ValueError` where the shapes of the networks and the numbers don't fit together."""
    inputs = 1 if num_classes is None else 2
    judged = first_shape(discriminator)
    logits = discriminator.output_shape[1:]
    checks = [
        ("generator's input shape", first_shape(generator), (latent_dim,)),
        ("discriminator's input shape", judged, generator.output_shape[1:]),
        ("discriminator's output shape", logits, () if logits == () else (1,)),
        ("generator's number of inputs", len(generator.inputs), inputs),
        ("discriminator's number of inputs", len(discriminator.inputs), inputs),
    ]
    check_fit(f"GAN(latent_dim={latent_dim}, num_classes={num_classes})", checks)


def check_numbers(discriminator_steps, ema_half_life):
    """Raise `ValueError` for numbers out of their range."""
    if not isinstance(discriminator_steps, int) or discriminator_steps < 1:
        raise ValueError(
            f"GAN received discriminator_steps={discriminator_steps!r}: expected an integer of at "
            "least 1. Set discriminator_steps=1 to update both networks equally often."
        )
    if ema_half_life is not None and ema_half_life <= 0:
        raise ValueError(
            f"GAN received ema_half_life={ema_half_life}: expected a number of images above 0. "
            "Set ema_half_life=None for no average generator."
        )


def check_names(names):
    """Raise `ValueError` where two of the quantities to log share a name."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"GAN received penalties of which several log as {', '.join(twice)}: each needs a name "
            "of its own. Add their weights in one penalty, or give a GradientPenalty another name."
        )


def check_data(data, shape, num_classes, value_range):
    """Raise `ValueError` where `data`, as given to `fit`, can't be what the model needs.

    Of a `tf.data.Dataset` the first batch is looked at; what can't be looked at is not checked.

    Args:
        data: examples, (examples, labels), or a `tf.data.Dataset` of batches of these.
        shape: shape of one example, without the batch.
        num_classes: number of classes, or None.
        value_range: `(low, high)` that the generator can reach, or None for all numbers.
    """
    examples, labels = _first_batch(data)
    received = tuple(getattr(examples, "shape", ()))[1:]
    if not hasattr(examples, "shape") or None in received:
        return
    if received != shape:
        raise ValueError(
            f"GAN.fit received examples of shape {received}: the generator makes {shape}. Resize "
            "the examples, or build the networks for them."
        )
    _check_labels(labels, num_classes)
    if isinstance(examples, np.ndarray):
        _check_range(examples, value_range)


def reach(generator):
    """Return `(low, high)` of what a generator can make; None where its last layer has no bounds.

    Example:
        >>> from tfgen import networks
        >>> reach(networks.mlp((2,), (8, 8, 1))) is None
        True
    """
    layers = [layer for layer in generator.layers if not isinstance(layer, _RANGE_KEEPERS)]
    activation = getattr(layers[-1], "activation", None)
    if activation is keras.activations.tanh:
        return -1.0, 1.0
    return (0.0, 1.0) if activation is keras.activations.sigmoid else None


def check_truncation(truncation):
    """Raise `ValueError` for a truncation that leaves no latent."""
    if truncation is not None and not (truncation > 0 and math.isfinite(truncation)):
        raise ValueError(
            f"sample received truncation={truncation}: expected a finite size above 0. Use 0.7 for "
            "typical examples, None for all."
        )


def _first_batch(data):
    if isinstance(data, tf.data.Dataset):
        data = next(data.take(1).as_numpy_iterator(), None)
    examples, labels, *_ = (*data, None) if isinstance(data, tuple) else (data, None)
    return examples, labels


def _check_labels(labels, num_classes):
    if num_classes is None:
        return
    if labels is None:
        raise ValueError(
            f"GAN(num_classes={num_classes}).fit received no labels: the model is "
            "class-conditional. Give it (examples, labels) pairs, labels int [batch]."
        )
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.min() < 0 or labels.max() >= num_classes:
        raise ValueError(
            f"GAN(num_classes={num_classes}).fit received labels of shape {labels.shape} from "
            f"{labels.min()} to {labels.max()}: expected int [batch] from 0 to {num_classes - 1}. "
            "Number the classes from 0, without one-hot vectors."
        )


def _check_range(examples, value_range):
    low, high = float(np.min(examples)), float(np.max(examples))
    if not np.isfinite([low, high]).all():
        raise ValueError(
            "GAN.fit received examples with NaN or infinite values: expected finite numbers. "
            "Remove or repair them."
        )
    if value_range is None:
        return
    # Pictures without a negative value were scaled to [0, 1]: half of a tanh's range.
    halved = value_range[0] < 0 <= low and examples.ndim == 4 and high > 0
    if halved or low < value_range[0] - 1e-3 or high > value_range[1] + 1e-3:
        raise ValueError(
            f"GAN.fit received examples from {low:g} to {high:g}: the generator's last activation "
            f"reaches from {value_range[0]:g} to {value_range[1]:g}. Rescale the examples, e.g. by "
            f"tfgen.data.images(..., value_range=({value_range[0]:g}, {value_range[1]:g}))."
        )
