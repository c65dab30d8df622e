"""What adding weights before multiplying gains: training a GAN with `ResizeConv2D`, and without.

    python tests/benchmarks/resize_convolution.py [--recipe mnist-cgan] [--rounds 5] [--steps 12]

The GAN of a recipe, on noise: as it is, and with each `ResizeConv2D` made to train as a resize and
a convolution, which gives the same numbers. Prints the median of each in images/s and the ratio;
never fails by a clock.
"""

import argparse

import keras
import tensorflow as tf
from vae_fit import compare, timed

from tfgen import data, kinds, recipes
from tfgen.networks.resize import ResizeConv2D


def build(recipe, steps, doubled):
    """Return the compiled GAN of a recipe."""
    keras.utils.set_random_seed(0)
    spec = data.Spec(kinds.Image(), (28, 28, 1), tuple("0123456789"))
    gan = recipe.build(recipe.settings, spec, steps)
    for layer in gan.generator.layers:
        if isinstance(layer, ResizeConv2D):
            layer.trains_doubled &= doubled
    return gan


def main():
    """Measure in turn, and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--recipe", default="mnist-cgan")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=12)
    arguments = parser.parse_args()
    recipe = recipes.get(arguments.recipe)
    batch_size = recipe.settings.batch_size
    count = arguments.steps * batch_size
    models = {
        name: build(recipe, arguments.steps, doubled)
        for name, doubled in (("doubled", True), ("resized", False))
    }
    gan = models["doubled"]
    images = tf.random.uniform((count, *gan.example_shape), -1.0, 1.0)
    labels = tf.range(count) % (gan.num_classes or 1)
    examples = images if gan.num_classes is None else (images, labels)
    batches = tf.data.Dataset.from_tensor_slices(examples).batch(batch_size).cache()
    runs = {
        name: lambda model=model: timed(lambda: model.fit(batches, verbose=0), count)
        for name, model in models.items()
    }
    for run in runs.values():
        run()  # compiles
    compare(runs, arguments.rounds)


if __name__ == "__main__":
    main()
