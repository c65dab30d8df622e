"""A language model as TFLite files: size, milliseconds a token on one thread, and change of nats.

    python tests/benchmarks/text_files.py [RUN] [--modes float32,dynamic_int8] [--rounds 200]

Without RUN, a transformer of the size that `shakespeare-lm` trains in 15 minutes, untrained, whose
nats say nothing. A token is a call of `decode`, the cache handed on; `invoke` is the part of it
that LiteRT computes, without Python's copies. Nats per token are of the run's held-out text,
`--windows` of them. Prints a table; never fails by a clock.
"""

import argparse
import statistics
import tempfile
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from tfgen.export import to_tflite, verify

import tfgen
from tfgen import networks, tokenizers
from tfgen.text import quality


def untrained():
    """A model of the size that trains in 15 minutes, and rows at random."""
    letters = tokenizers.Characters("".join(chr(65 + i) for i in range(65)))
    network = networks.language_transformer(letters.size, 256, width=192, depth=6, heads=3)
    rows = np.random.default_rng(0).integers(0, letters.end, (8, 256))
    return tfgen.LanguageModel(network, letters), rows.astype(np.int32)


def trained(run, count):
    """The model of a run, and the first held-out windows of its text."""
    from tfgen.runs import Run

    model = Run.open(run).load()
    source = tfgen.data.open_text(
        "tiny_shakespeare", tokenizer=model.tokenizer, length=model.length
    )
    rows = np.concatenate([*source.batches("test", batch_size=8, seed=0)])
    return model, rows[:count]


def milliseconds(path, model, rounds):
    """Return the median times of a token, of the part that LiteRT computes, and of prefill."""
    interpreter = Interpreter(str(path), num_threads=1)
    decode, prefill = (interpreter.get_signature_runner(n) for n in ("decode", "prefill"))
    one = model.endpoints()["decode"].examples(1, 0)
    times, cache = [], one["cache"]
    for place in range(rounds):
        inputs = {**one, "position": np.array([place % model.length], np.int32), "cache": cache}
        began = time.perf_counter()
        answer = decode(**inputs)
        times.append(time.perf_counter() - began)
        cache = answer["cache"]
    computed = []
    for _ in range(rounds):
        began = time.perf_counter()
        decode._interpreter_wrapper.Invoke(decode._subgraph_index)
        computed.append(time.perf_counter() - began)
    prompt = model.endpoints()["prefill"].examples(1, 0)
    read = []
    for _ in range(7):
        began = time.perf_counter()
        prefill(**prompt)
        read.append(time.perf_counter() - began)
    return (1e3 * statistics.median(found) for found in (times[3:], computed, read[1:]))


def main():
    """Export, time and judge."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", nargs="?")
    parser.add_argument("--modes", default="float32,float16,dynamic_int8,dynamic_int4")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--windows", type=int, default=32)
    options = parser.parse_args()
    model, rows = trained(options.run, options.windows) if options.run else untrained()
    print(f"{model.network.count_params():,} parameters, {model.length} tokens of context")
    with tempfile.TemporaryDirectory() as directory:
        files = to_tflite(model, directory, options.modes.split(","))
        for path in files:
            token, computed, read = milliseconds(path, model, options.rounds)
            print(
                f"{path.name:22} {path.stat().st_size / 1e3:7.0f} KB {token:7.3f} ms a token "
                f"({computed:.3f} invoke), {read:.1f} ms prefill",
                flush=True,
            )
        judged = quality.held_out(model, rows)
        report = verify(model, files, seconds=0.0, count=8, quality=judged)
    for row in report.rows:
        for name, change in row.quality.items():
            print(f"{row.artefact:22} {change.artefact:.4f} {name} ({change.relative:+.2%})")


if __name__ == "__main__":
    main()
