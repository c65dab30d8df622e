"""What keeps the codes of `mnist-vqvae` in use: its training, with each remedy and without.

    python tests/benchmarks/codebook_use.py [--epochs 4] [--data-dir DIR]

Prints the share of the 512 codes that the 10,000 test images use, their perplexity, and the mean
squared error and Fréchet distance of the reconstructions, each by the recipe's protocol. The last
line has the settings of pythae 0.1.2's VQVAE with the recipe's networks, codes and epochs: codes
trained by gradient from near zero, summed squared errors of pixels, and quantization errors as a
mean over an image's codes, which leaves them 49 x 8 times as little weight.
"""

import argparse
import functools
import math

import keras

from tfgen import likelihoods, quantizers, recipes
from tfgen.data import open_source
from tfgen.recipes import judging
from tfgen.recipes.models import tokenizers

RECIPE = recipes.get("mnist-vqvae")
CODES, CODE_DIM = RECIPE.settings["codebook_size"], RECIPE.settings["code_dim"]
codes_by_averages = functools.partial(quantizers.EMAQuantizer, CODES, CODE_DIM)
codes_by_gradient = functools.partial(quantizers.VectorQuantizer, CODES, CODE_DIM)
# -log of a normal density with this scale is 49 * 8 times the squared error.
SQUARED_ERROR = likelihoods.Gaussian(scale=1.0 / math.sqrt(2 * 49 * CODE_DIM))
VARIANTS = {
    "as in the recipe": (codes_by_averages, None),
    "without revival": (functools.partial(codes_by_averages, revive_below=0.0), None),
    "first codes not from data": (functools.partial(codes_by_averages, from_data=False), None),
    "without either": (
        functools.partial(codes_by_averages, revive_below=0.0, from_data=False),
        None,
    ),
    "pythae's settings": (codes_by_gradient, SQUARED_ERROR),
}


def judged(settings, source, quantizer, likelihood):
    """Train one variant and return its numbers."""
    keras.utils.set_random_seed(settings.seed)
    train, test = (RECIPE.batches(source, split, settings, 0) for split in ("train", "test"))
    steps = int(train.cardinality())
    model = tokenizers.compiled(quantizer(), settings, source.spec, steps, likelihood)
    model.fit(train, epochs=settings.epochs, verbose=0)
    return judging.judge_tokenizer(model, judging.Evidence(source, test, judging.mnist()))


def main():
    """Train all variants in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--data-dir")
    options = parser.parse_args()
    settings = RECIPE.settings.changed({"epochs": options.epochs})
    source = open_source(settings.data, data_dir=options.data_dir)
    for name, variant in VARIANTS.items():
        found = judged(settings, source, *variant)
        print(
            f"{name:28} usage {found['usage']:7.2%}   perplexity {found['perplexity']:6.1f}   "
            f"MSE {found['mse']:.5f}   Frechet distance {found['frechet_distance']:.4f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
