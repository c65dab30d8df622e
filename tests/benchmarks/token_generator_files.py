"""A prior's run as one TFLite file: size, equal tokens, and milliseconds an image on one thread.

    python tests/benchmarks/token_generator_files.py RUN [--count 32] [--rounds 20]

Tokens are compared with those that Keras draws from the same seeds and labels, images where all
tokens of a row agree. TensorFlow draws one image at a time as LiteRT does. Prints a table; never
fails by a clock.
"""

import argparse
import statistics
import tempfile
import time

import numpy as np
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter
from tfgen.export import to_tflite

from tfgen.runs import Run

MODES = ("float32", "dynamic_int8")


def milliseconds(function, rounds):
    """Return the median time of a call, after two to warm up."""
    times = []
    for _ in range(rounds + 2):
        began = time.perf_counter()
        function()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times[2:])


def rows(inputs):
    """Return the inputs of one row at a time."""
    count = len(next(iter(inputs.values())))
    return [{name: array[i : i + 1] for name, array in inputs.items()} for i in range(count)]


def judge(path, inputs, expected, rounds):
    """Print the line of one file."""
    interpreter = Interpreter(str(path), num_threads=1)
    tokens = interpreter.get_signature_runner("tokens")
    drawn = np.concatenate([tokens(**row)["indices"] for row in rows(inputs)])
    generate = interpreter.get_signature_runner("generate")
    time_each = milliseconds(lambda: generate(**rows(inputs)[0]), rounds)
    equal = drawn == expected
    whole = equal.reshape(len(equal), -1).all(axis=1)
    print(
        f"{path.name:22} {path.stat().st_size / 1024:7.0f} KB {time_each:8.2f} ms an image; "
        f"{equal.mean():.2%} of the tokens equal, {whole.mean():.2%} of the rows",
        flush=True,
    )


def main():
    """Export, compare, and time TensorFlow beside."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run")
    parser.add_argument("--count", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = Run.open(options.run).load()
    endpoint = model.endpoints()["generate"]
    inputs = endpoint.examples(options.count, seed=0)
    expected = model.indices(**{f"{name}s": tf.constant(a) for name, a in inputs.items()}).numpy()
    with tempfile.TemporaryDirectory() as directory:
        for path in to_tflite(model, directory, modes=MODES, endpoints=("generate", "tokens")):
            judge(path, inputs, expected, options.rounds)
    one = {name: tf.constant(array[:1]) for name, array in inputs.items()}
    compiled = tf.function(lambda **values: endpoint(**values)["images"])
    time_each = milliseconds(lambda: compiled(**one).numpy(), options.rounds)
    print(f"{'TensorFlow':22} {time_each:19.2f} ms an image")


if __name__ == "__main__":
    main()
