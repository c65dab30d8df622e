"""Images per second of a run's exported generator, batch 1 on one thread, beside a peer's, in turn.

    python tests/benchmarks/generator_speed.py RUN [--rounds 5] [--seconds 1] [--peer COMMAND]

LiteRT draws from seeds, noise included, with the int8 and the float32 file of `generate`. A peer is
a command that prints the milliseconds of a call as a line `... batch 1 ...: <number> ms`. Prints
the median of each, in images per second, and the ratios of the same round; never fails by a clock.
"""

import argparse
import functools
import re
import shlex
import subprocess
import tempfile
from pathlib import Path

from tfgen.export import to_tflite
from tfgen.export.proof import measure
from vae_fit import compare

from tfgen.runs import Run


def speed(runner, examples, seconds):
    """Return images per second of a file, by the median time of a call."""
    return 1e3 / measure.milliseconds(runner, examples, seconds)


def reported(command):
    """Return images per second by the milliseconds that a peer's command prints for batch 1."""
    output = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True).stdout
    return 1e3 / float(re.findall(r"batch 1 .*?([\d.]+) ms", output)[-1])


def main():
    """Export, and measure in turn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0)
    parser.add_argument("--peer", help="a command that prints its milliseconds for batch 1")
    options = parser.parse_args()
    model = Run.open(options.run).load()
    examples = model.endpoints()["generate"].examples(1, 0)
    with tempfile.TemporaryDirectory() as directory:
        runs = {}
        for path in to_tflite(model, directory, ["int8", "float32"], endpoints="generate"):
            print(f"{path.stem}: {Path(path).stat().st_size:,} bytes")
            runner = measure.runner(path, "generate", threads=1)
            runs[path.stem] = functools.partial(speed, runner, examples, options.seconds)
        if options.peer:
            runs["peer"] = functools.partial(reported, options.peer)
        compare(runs, options.rounds)


if __name__ == "__main__":
    main()
