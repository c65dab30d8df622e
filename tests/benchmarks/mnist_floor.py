"""What real digits get in the protocols of the MNIST recipes: no generator can do better.

    python tests/benchmarks/mnist_floor.py [--data-dir DIRECTORY] [--seed 0]

Training digits stand in for the samples: 10,000 of them against the 10,000 test digits, and 26,000
triples for Stacked-MNIST, all seen by the shipped classifier.
"""

import argparse

import numpy as np

from tfgen import metrics, recipes
from tfgen.data import open_source
from tfgen.recipes.judging.samples import SAMPLES


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    extractor = metrics.mnist_features()
    source = open_source("mnist", data_dir=arguments.data_dir)
    print(f"classifier {extractor.hash[:8]}, accuracy {extractor.accuracy:.4f}")

    def features(split):
        digits = source.batches(split, shuffle=False, batch_size=500)
        return metrics.feature_batches(extractor, digits)

    floor = metrics.real_floor(features("train"), features("test"), SAMPLES, arguments.seed)
    for name, value in floor.items():
        print(f"{name}: {value:.4g}")

    stacked = recipes.get("stacked-mnist-gan")
    settings = stacked.settings.changed({"batch_size": 500, "seed": arguments.seed})
    modes = []
    for epoch in range(8):
        triples = stacked.batches(source, "train", settings, epoch)
        batches = ((batch.numpy() + 1) / 2 for batch in triples.take(7))
        modes += [*metrics.stacked_modes(batches, extractor.logits)]
    print("stacked:", metrics.mode_coverage(np.concatenate(modes)[:26_000]))


if __name__ == "__main__":
    main()
