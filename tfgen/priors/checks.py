"""What can be wrong with a prior's network and data, said before training."""

import numpy as np
import tensorflow as tf


def check_network(prior, network, causal, label_dropout):
    """Raise `ValueError` where the network is not the transformer that the prior needs."""
    maker = "causal_transformer" if causal else "masked_transformer"
    if getattr(network, "causal", None) is not causal:
        raise ValueError(
            f"{prior} received the network {type(network).__name__}(causal="
            f"{getattr(network, 'causal', None)}): expected one made by tfgen.networks.{maker}."
        )
    if not 0 <= label_dropout < 1:
        raise ValueError(
            f"{prior} received label_dropout={label_dropout}: it must lie in [0, 1). Use 0.1."
        )


def check_tokens(prior, data, network):
    """Raise `ValueError` where data, as given to `fit`, are not rows of tokens (and labels).

    Of a `tf.data.Dataset`, the shapes and whether there are labels are looked at.
    """
    tokens, labels = parts(data)
    shape = getattr(tokens, "shape", None)
    if shape is None:
        return
    received = tuple(shape)[1:]
    if received != (network.length,) and None not in received:
        raise ValueError(
            f"{prior}.fit received indices of shape {received}: the network takes "
            f"({network.length},). Flatten grids of indices, by tfgen.vq.tokens(vqvae, data)."
        )
    check_labelled(prior, "indices", labels, network)
    _check_range(prior, "indices", tokens, network.vocabulary)
    if network.num_classes is not None:
        _check_range(prior, "labels", labels, network.num_classes)


def check_labelled(model, what, labels, network):
    """Raise `ValueError` where a network with classes would be trained without labels."""
    if network.num_classes is not None and labels is None:
        raise ValueError(
            f"{model}.fit received no labels: its network has {network.num_classes} classes. "
            f"Give it ({what}, labels) pairs, labels int [batch]."
        )


def parts(data):
    """Return examples and labels of data as given to `fit`, or their specs; None without labels."""
    spec = data.element_spec if isinstance(data, tf.data.Dataset) else data
    return spec[:2] if isinstance(spec, tuple) else (spec, None)


def _check_range(prior, what, values, count):
    if not isinstance(values, np.ndarray) or not values.size:
        return
    if values.min() < 0 or values.max() >= count:
        raise ValueError(
            f"{prior}.fit received {what} from {values.min()} to {values.max()}: they must lie in "
            f"[0, {count - 1}]. Build the network for more, or look where these come from."
        )


def check_count(count):
    """Raise `ValueError` where a number of samples is below 1."""
    if count < 1:
        raise ValueError(f"sample received count={count}: it must be at least 1.")
