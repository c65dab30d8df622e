"""What keeps the codes of `mnist-vqvae` in use: its training, with each remedy and without.

    python tests/benchmarks/codebook_use.py [--epochs 1] [--data-dir DIR]

Prints the share of the 512 codes that the 10,000 test images use, their perplexity, and the mean
squared error of the reconstructions, each by the recipe's protocol.
"""

import argparse
import dataclasses

import keras

from tfgen import quantizers, recipes
from tfgen.recipes import mnist_vqvae

VARIANTS = {
    "as in the recipe": {},
    "without revival": {"revive_below": 0.0},
    "first codes not from data": {"from_data": False},
    "without either": {"revive_below": 0.0, "from_data": False},
}


def judged(settings, data_dir, **changes):
    """Train one variant and return its numbers."""
    keras.utils.set_random_seed(settings.seed)
    train, test = (mnist_vqvae.dataset(split, settings, data_dir) for split in ("train", "test"))
    quantizer = quantizers.EMAQuantizer(512, mnist_vqvae.CODE_DIM, **changes)
    steps = int(train.cardinality())
    model = mnist_vqvae.vqvae(quantizer, mnist_vqvae.IMAGE_SHAPE, settings, steps)
    model.fit(train, epochs=settings.epochs, verbose=0)
    return mnist_vqvae.judge(model, test)


def main():
    """Train all variants in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--data-dir")
    options = parser.parse_args()
    settings = dataclasses.replace(recipes.get("mnist-vqvae").settings, epochs=options.epochs)
    for name, changes in VARIANTS.items():
        found = judged(settings, options.data_dir, **changes)
        print(
            f"{name:28} usage {found['usage']:7.2%}   perplexity {found['perplexity']:6.1f}   "
            f"MSE {found['mse']:.5f}   Frechet distance {found['frechet_distance']:.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
