"""The end of a discriminator: from features to one logit, with or without a class."""

from collections.abc import Callable

import keras


def logit(
    features: keras.KerasTensor,
    labels: keras.KerasTensor | None = None,
    num_classes: int | None = None,
    wrap: Callable | None = None,
) -> keras.KerasTensor:
    """Return the logits `w . h + b`, and `+ e[label] . h` where there are classes.

    The second term is the projection discriminator: it asks whether the features h fit the class.

    Args:
        features: h, `[batch, units]`, symbolic.
        labels: int32 `[batch]`, symbolic, or None.
        num_classes: number of classes, where there are labels.
        wrap: function from a linear layer to the layer to use, such as `SpectralNormalization`.

    Returns:
        Symbolic float32 `[batch, 1]`, under every precision policy.

    Reference: Miyato and Koyama 2018, arXiv 1802.05637, equation 3.
    """
    wrap = wrap or _plain
    # float32 under every precision policy: losses and penalties need it.
    logits = wrap(keras.layers.Dense(1, name="logits", dtype="float32"))(features)
    if labels is None:
        return logits
    embedding = keras.layers.Embedding(num_classes, features.shape[-1], name="label_embedding")
    vectors = wrap(embedding)(labels)
    match = keras.layers.Dot(axes=1, name="label_match", dtype="float32")([features, vectors])
    return keras.layers.Add(name="add_label_match", dtype="float32")([logits, match])


def _plain(layer):
    return layer
