"""Milliseconds of drawing rows of tokens: causal with and without a cache, and masked, in one run.

    python tests/benchmarks/token_sampling.py [--rounds 3] [--batches 1 32]

The transformers are those of the recipes' kind, 512 tokens, width 128, 4 blocks, untrained: speed
does not depend on what they say. Masked decoding takes 8 passes. Rows with and without the cache
are compared token for token. Prints medians and ratios; never fails by a clock.
"""

import argparse
import statistics
import time

import numpy as np

from tfgen import networks, sampling
from tfgen.priors import CausalTokenPrior, MaskedTokenPrior

SIZES = {"width": 128, "depth": 4, "heads": 4}


def milliseconds(draw, rounds):
    """Return the median time of a call, after one that compiles."""
    draw()
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        draw()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times)


def drawers(length, batch):
    """Return `{name: function that draws a batch of rows}`."""
    causal = CausalTokenPrior(networks.causal_transformer(512, length, **SIZES))
    masked = MaskedTokenPrior(networks.masked_transformer(512, length, **SIZES))
    seeds = sampling.seeds(0, batch)
    return {
        "cached": lambda: causal.draw(seeds).numpy(),
        "uncached": lambda: causal.draw(seeds, cached=False).numpy(),
        "masked": lambda: masked.draw(seeds).numpy(),
    }


def compare(length, batch, rounds, uncached):
    """Print one line of the table."""
    draw = drawers(length, batch)
    names = ("cached", "uncached", "masked") if uncached else ("cached", "masked")
    times = {name: milliseconds(draw[name], rounds) for name in names}
    line = f"{length:6} tokens, batch {batch:3}: "
    line += ", ".join(f"{name} {times[name]:8.1f} ms" for name in names)
    line += f"; masked is {times['cached'] / times['masked']:.2f} times as fast as cached"
    if uncached:
        same = np.mean(draw["cached"]() == draw["uncached"]())
        line += f", cached {times['uncached'] / times['cached']:.1f} times as fast as uncached"
        line += f"; {same:.2%} of the tokens agree"
    print(line, flush=True)


def main():
    """Compare at 64 and at 256 tokens; without the cache, 256 take minutes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 32])
    options = parser.parse_args()
    for length in (64, 256):
        for batch in options.batches:
            compare(length, batch, options.rounds, uncached=length == 64)


if __name__ == "__main__":
    main()
