"""How a token is chosen from logits."""

import tensorflow as tf

_NEVER = -1e9  # a logit that no noise lifts above the others


def choose(logits, noise, temperature=1.0, top_k=None, top_p=None):
    """Return a token for each row of logits, drawn from softmax(logits / temperature).

    The largest of `logits / temperature + Gumbel noise` is such a draw.

    Args:
        logits: float32 `[..., vocabulary]`.
        noise: standard Gumbel noise of the same shape.
        temperature: at least 0; 0 takes the likeliest token. A tensor `[batch]` gives each row its
            own, and then all tokens may be chosen.
        top_k: choose among the `top_k` likeliest tokens; None for all.
        top_p: choose among the likeliest tokens that together reach this probability, in (0, 1];
            None for all.

    Returns:
        int32 `[...]`.

    Reference: Maddison et al. 2014, arXiv 1411.0030, for the draw; Holtzman et al. 2019,
        arXiv 1904.09751, section 3.1, for `top_p`.

    Example:
        >>> logits = tf.constant([[0.0, 1.0, 5.0]])
        >>> choose(logits, noise=tf.constant([[9.0, 3.0, 0.0]])).numpy().tolist()
        [0]
        >>> choose(logits, noise=tf.constant([[9.0, 3.0, 0.0]]), top_k=2).numpy().tolist()
        [2]
    """
    if tf.is_tensor(temperature):
        return tf.argmax(logits + temperature[:, None] * noise, axis=-1, output_type=tf.int32)
    if temperature == 0:
        return tf.argmax(logits, axis=-1, output_type=tf.int32)
    logits = restricted(logits / temperature, top_k, top_p)
    return tf.argmax(logits + noise, axis=-1, output_type=tf.int32)


def restricted(logits, top_k=None, top_p=None):
    """Return the logits, with those that `top_k` and `top_p` exclude at -1e9; see `choose`."""
    vocabulary = logits.shape[-1]
    if top_k is not None and top_k < vocabulary:
        least = tf.math.top_k(logits, top_k).values[..., -1:]
        logits = tf.where(logits >= least, logits, _NEVER)
    if top_p is not None and top_p < 1:
        ordered = tf.math.top_k(logits, vocabulary).values
        probabilities = tf.nn.softmax(ordered)
        before = tf.cumsum(probabilities, axis=-1, exclusive=True)
        kept = tf.where(before < top_p, ordered, -_NEVER)
        least = tf.reduce_min(kept, axis=-1, keepdims=True)
        logits = tf.where(logits >= least, logits, _NEVER)
    return logits


def check_settings(prior, temperature, top_k, top_p, guidance):
    """Raise `ValueError` for settings out of their range; `prior` is who asks."""
    if temperature < 0:
        raise ValueError(
            f"{type(prior).__name__} received temperature={temperature}: it must be at least 0. "
            "Use 1.0 for what the prior has learned, 0 for the likeliest tokens."
        )
    if top_k is not None and (not isinstance(top_k, int) or top_k < 1):
        raise ValueError(
            f"{type(prior).__name__} received top_k={top_k!r}: expected an integer of at least 1. "
            "Use None to choose among all tokens."
        )
    if top_p is not None and not 0 < top_p <= 1:
        raise ValueError(
            f"{type(prior).__name__} received top_p={top_p}: it must lie in (0, 1]. Use None to "
            "choose among all tokens."
        )
    if guidance and prior.num_classes is None:
        raise ValueError(
            f"{type(prior).__name__} received guidance={guidance}, but has no classes to guide "
            "towards. Use guidance=0, or a network with num_classes."
        )
