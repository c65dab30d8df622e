"""What can be wrong with a GAN's networks and data, said before training."""

import math

import keras

from tfgen.checks.functions import check_function, check_members
from tfgen.checks.networks import (
    check_network,
    input_count,
    input_shape,
    is_functional,
    output_shape,
)
from tfgen.checks.numbers import check_integer, check_number
from tfgen.losses.penalties import check_penalty
from tfgen.networks.checks import check_fit

# Layers that move values about and leave their range as it is.
_RANGE_KEEPERS = (keras.layers.Reshape, keras.layers.Flatten, keras.layers.Permute)


def checked_shape(generator, discriminator, latent_dim, num_classes):
    """Return the shape of one example; raise `ValueError` where networks don't fit together."""
    check_network("GAN", "generator", generator)
    check_network("GAN", "discriminator", discriminator)
    shape = output_shape("GAN", "generator", generator, (latent_dim,), num_classes)
    logits = output_shape("GAN", "discriminator", discriminator, shape, num_classes)
    inputs = 1 if num_classes is None else 2
    checks = [
        ("generator's input shape", input_shape(generator) or (latent_dim,), (latent_dim,)),
        ("discriminator's input shape", input_shape(discriminator) or shape, shape),
        ("discriminator's output shape", logits, () if logits == () else (1,)),
        ("generator's number of inputs", input_count(generator, inputs), inputs),
        ("discriminator's number of inputs", input_count(discriminator, inputs), inputs),
    ]
    check_fit(f"GAN(latent_dim={latent_dim}, num_classes={num_classes})", checks)
    return shape


def check_numbers(latent_dim, discriminator_steps, ema_half_life, num_classes):
    """Raise `ValueError` for numbers out of their range."""
    check_integer("GAN", "latent_dim", latent_dim, "Use the size of z, such as 64.")
    both = "Set discriminator_steps=1 to update both networks equally often."
    check_integer("GAN", "discriminator_steps", discriminator_steps, both)
    if ema_half_life is not None:
        none = "It counts images; set ema_half_life=None for no average generator."
        check_number("GAN", "ema_half_life", ema_half_life, none, above=0)
    if num_classes is not None:
        check_integer("GAN", "num_classes", num_classes, "Use None for a model without classes.")


def check_functions(loss, penalties, augment):
    """Raise `ValueError` for what is no loss, no list of penalties, or no augmentation."""
    members = ("discriminator", "generator", "paired")
    check_members("GAN", "loss", loss, members, "tfgen.losses.AdversarialLoss")
    if not isinstance(penalties, list | tuple):
        raise ValueError(
            f"GAN received penalties={penalties!r:.60}: expected a list, such as "
            "penalties=[tfgen.losses.r1(0.5)]."
        )
    for penalty in penalties:
        check_penalty("GAN", penalty)
    if augment is not None:
        check_function("GAN", "augment", augment, "(examples, seeds) -> examples", "tfgen.gan")


def check_names(names):
    """Raise `ValueError` where two of the quantities to log share a name."""
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(
            f"GAN received penalties of which several log as {', '.join(twice)}: each needs a name "
            "of its own. Add their weights in one penalty, or give a GradientPenalty another name."
        )


def reach(generator):
    """Return `(low, high)` of what a generator can make; None where its last layer has no bounds.

    Example:
        >>> from tfgen import networks
        >>> reach(networks.mlp((2,), (8, 8, 1))) is None
        True
    """
    if not is_functional(generator):  # a subclassed model, whose end is unknown
        return None
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
