"""What real digits get in the protocols of the MNIST recipes: no generator can do better.

    python tests/benchmarks/mnist_floor.py [--data-dir DIRECTORY] [--seed 0]

Training digits stand in for the samples: 10,000 of them against the 10,000 test digits, then 1,000
of each class, as class-conditional models are asked for, and 26,000 triples for Stacked-MNIST, all
seen by the shipped classifier.
"""

import argparse

import numpy as np

import tfgen
from tfgen import metrics
from tfgen.recipes import stacked_mnist_gan
from tfgen.recipes.judging import SAMPLES
from tfgen.recipes.recipe import Settings


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    extractor = metrics.mnist_features()
    print(f"classifier {extractor.hash[:8]}, accuracy {extractor.accuracy:.4f}")

    def digits(split, **options):
        return tfgen.data.images(
            "mnist", split, shuffle=False, data_dir=arguments.data_dir, **options
        )

    def features(split):
        return metrics.feature_batches(extractor, digits(split, batch_size=500))

    floor = metrics.real_floor(features("train"), features("test"), SAMPLES, arguments.seed)
    for name, value in floor.items():
        print(f"{name}: {value:.4g}")

    images, labels = next(digits("train", batch_size=60_000, labels=True).as_numpy_iterator())
    in_turn = np.stack([images[labels == digit][: SAMPLES // 10] for digit in range(10)], axis=1)
    fakes = metrics.feature_batches(extractor, in_turn.reshape(-1, *images.shape[1:]))
    print("equal classes:", metrics.compare(features("test"), fakes))

    settings = Settings(epochs=1, batch_size=500, seed=arguments.seed)
    modes = []
    for epoch in range(8):
        triples = stacked_mnist_gan.dataset("train", settings, arguments.data_dir, epoch)
        batches = ((batch.numpy() + 1) / 2 for batch in triples.take(7))
        modes += [*metrics.stacked_modes(batches, extractor.logits)]
    print("stacked:", metrics.mode_coverage(np.concatenate(modes)[:26_000]))


if __name__ == "__main__":
    main()
