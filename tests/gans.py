"""Small adversarial networks that several tests build."""

import keras
import numpy as np

import tfgen
from tfgen import losses, networks
from tfgen.networks import SpectralNormalization

LOSSES = {
    "non_saturating": losses.non_saturating,
    "least_squares": losses.least_squares,
    "hinge": losses.hinge,
    "wasserstein": losses.wasserstein,
    "relativistic": losses.relativistic,
}
PENALTIES = {
    "none": (),
    "interpolation": (losses.interpolation_penalty(2.0),),
    "r1": (losses.r1(0.5),),
    "r2": (losses.r2(0.5),),
    "lazy": (losses.lazy(losses.r1(0.5), 2),),
}


def points_gan(loss=losses.non_saturating, penalties=(), num_classes=None, **arguments):
    """Return an uncompiled GAN of perceptrons on points of the plane."""
    generator = networks.mlp((3,), (2,), hidden=(8,), num_classes=num_classes)
    discriminator = networks.mlp((2,), (1,), (8,), "tanh", num_classes=num_classes)
    return tfgen.GAN(
        generator, discriminator, 3, loss, penalties, num_classes=num_classes, **arguments
    )


def images_gan(loss=losses.hinge, penalties=(), num_classes=None, **arguments):
    """Return an uncompiled GAN on 8x8 images, with every kind of state a network may have."""
    generator = networks.dcgan_generator(3, (8, 8, 1), width=4, num_classes=num_classes)
    discriminator = networks.dcgan_discriminator(
        (8, 8, 1), 4, num_classes, batch_norm=False, wrap=SpectralNormalization, group_size=4
    )
    return tfgen.GAN(
        generator, discriminator, 3, loss, penalties, num_classes=num_classes, **arguments
    )


def compiled(gan, rate=1e-2, **arguments):
    """Return the GAN, compiled with two different optimizers."""
    d_optimizer = keras.optimizers.Adam(rate, beta_1=0.5)
    g_optimizer = keras.optimizers.SGD(rate, momentum=0.9)
    gan.compile(d_optimizer=d_optimizer, g_optimizer=g_optimizer, **arguments)
    return gan


def points(count, seed=0):
    """Return points around (1, -1), float32 [count, 2]."""
    noise = np.random.default_rng(seed).normal(size=(count, 2))
    return (np.array([1.0, -1.0]) + 0.5 * noise).astype(np.float32)
