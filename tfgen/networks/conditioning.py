"""How a network learns which class it is asked for."""

import keras


def labels_input(num_classes: int | None, network: str) -> keras.KerasTensor | None:
    """Return the `labels` input, int32 `[batch]`, or None for a network without classes.

    Args:
        num_classes: number of classes, at least 2, or None.
        network: what the error message calls the network.

    Raises:
        ValueError: if `num_classes` is neither None nor an integer of at least 2.
    """
    if num_classes is None:
        return None
    if not isinstance(num_classes, int) or num_classes < 2:
        raise ValueError(
            f"{network} received num_classes={num_classes!r}: expected an integer of at least 2. "
            "Set num_classes=None for a network without labels."
        )
    return keras.Input((), dtype="int32", name="labels")


def add_labels(
    x: keras.KerasTensor, labels: keras.KerasTensor | None, num_classes: int | None
) -> keras.KerasTensor:
    """Return `x` plus a learned vector of the class; `x` itself if `labels` is None.

    With `x = W h` the pre-activation of a dense layer, this is what concatenating a one-hot label
    to the layer's input gives, `W h + E[label] = [W E] [h; one_hot(label)]`, without the zeros.

    Args:
        x: `[batch, units]`, symbolic.
        labels: int32 `[batch]`, symbolic, or None.
        num_classes: number of classes.
    """
    if labels is None:
        return x
    vectors = keras.layers.Embedding(num_classes, x.shape[-1], name="label_embedding")(labels)
    return keras.layers.Add(name="add_label")([x, vectors])


def model(
    x: keras.KerasTensor,
    labels: keras.KerasTensor | None,
    outputs: keras.KerasTensor,
    name: str | None,
) -> keras.Model:
    """Return the keras.Model `x → outputs`, or `[x, labels] → outputs` where there are labels."""
    return keras.Model(x if labels is None else [x, labels], outputs, name=name)
