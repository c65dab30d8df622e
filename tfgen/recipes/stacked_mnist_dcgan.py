"""The baseline of `stacked-mnist-gan`: the GAN of `mnist-dcgan`, with the same data and size."""

import dataclasses
import functools

from tfgen.recipes import mnist_dcgan, stacked_mnist_gan

RECIPE = dataclasses.replace(
    stacked_mnist_gan.RECIPE,
    name="stacked-mnist-dcgan",
    time="9 min",
    expected="1,000 of 1,000 modes, KL 0.185",
    build=functools.partial(mnist_dcgan.build, image_shape=stacked_mnist_gan.IMAGE_SHAPE),
)
