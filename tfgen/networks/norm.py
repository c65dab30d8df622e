"""The batch normalisation of all networks."""

import keras


def batch_norm(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Return `x`, normalised by mean and variance over the batch of all replicas.

    So that one device or many train the same network. Small data sets make few steps an epoch: the
    statistics of inference follow within 10 steps, not 100.

    Args:
        x: `[batch, ..., channels]`, symbolic.
        name: of what is normalised, from which the layer has its own.
    """
    return keras.layers.BatchNormalization(momentum=0.9, synchronized=True, name=f"{name}_norm")(x)
