"""The average of a network over its training, by a half-life in images."""

import tensorflow as tf

_WARM_UP = 0.05  # the half-life is at most this share of the images seen so far


def frozen_copy(network, inputs):
    """Return a network of the same weights that no optimizer trains.

    Args:
        network: the network, built.
        inputs: what it can be called on, which builds the copy of a subclassed one.

    Raises:
        ValueError: for a subclassed network that can't be made anew.
    """
    try:
        copy = type(network).from_config(network.get_config())
    except NotImplementedError:
        raise ValueError(
            f"GAN could not copy the generator {type(network).__name__} for its average: it has no "
            "get_config. Define it, or leave ema_half_life out."
        ) from None
    if not copy.built or len(copy.weights) != len(network.weights):
        copy(inputs, training=False)
    copy.set_weights(network.get_weights())
    copy.trainable = False
    return copy


def kept_share(half_life, seen, count):
    """Return how much of the average stays in a step, float32 scalar in [0, 1].

        0.5 ^ (count / min(half_life, 0.05 * seen))

    Args:
        half_life: images after which a network weighs half in the average.
        seen: images seen so far, with those of this step: integer scalar.
        count: images of this step: integer scalar.

    Reference: Karras et al. 2020 (StyleGAN2-ADA), arXiv 2006.06676, appendix, for the warm-up.

    Example:
        >>> float(kept_share(100, seen=10_000, count=200))
        0.25
    """
    seen = tf.cast(tf.convert_to_tensor(seen), tf.float32)
    return 0.5 ** (tf.cast(count, tf.float32) / tf.minimum(float(half_life), _WARM_UP * seen))


def move(average, network, keep):
    """Set each weight of `average`, and each statistic, to `keep` of it plus the rest of another.

    Args:
        average: a `frozen_copy` of `network`.
        network: the network in training.
        keep: float32 scalar in [0, 1].
    """
    for slow, fast in zip(average.weights, network.weights, strict=True):
        slow.assign(fast + keep * (slow - fast))
