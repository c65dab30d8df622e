"""Labels of priors: asked for, left out to learn without them, and weighed against none."""

import tensorflow as tf

from tfgen import sampling


def network_inputs(network, tokens, labels):
    """Return what the network is called with.

    Raises:
        ValueError: for missing labels of a class-conditional network.
    """
    if network.num_classes is None:
        return tokens
    if labels is None:
        raise ValueError(
            f"A prior of {network.num_classes} classes received no labels. Pass labels, int "
            "[batch], or data of (indices, labels) pairs."
        )
    return [tokens, tf.cast(tf.convert_to_tensor(labels), tf.int32)]


def dropped(network, labels, share, seeds):
    """Return the labels, int32 [batch], a random share of them replaced by that of no class.

    Reference: Ho and Salimans 2022, "Classifier-free diffusion guidance", arXiv 2207.12598,
        algorithm 1.
    """
    if network.num_classes is None or labels is None or share == 0:
        return labels
    drop = sampling.uniform(seeds, ()) < share
    return tf.where(drop, network.no_class, tf.cast(labels, tf.int32))


def doubled(network, labels, guidance):
    """Return the labels for guided logits: those given, then as many of no class."""
    if not guidance:
        return labels
    labels = tf.cast(labels, tf.int32)
    return tf.concat([labels, tf.fill(tf.shape(labels), network.no_class)], axis=0)


def twice(rows, guidance):
    """Return the rows, and with guidance the same rows after them."""
    return tf.concat([rows, rows], axis=0) if guidance else rows


def guided(logits, guidance):
    """Return the logits moved away from those without a class.

        (1 + guidance) * with class - guidance * without,   for [with; without], [2 * batch, ...]

    Reference: Ho and Salimans 2022, arXiv 2207.12598, equation 6.
    """
    if not guidance:
        return logits
    with_class, without = tf.split(logits, 2, axis=0)
    return (1.0 + guidance) * with_class - guidance * without
