"""Tokens per second of a language model, trained and writing, and of a peer, in one run.

    python tests/benchmarks/language_model_speed.py [--peer-python PYTHON] [--seconds 15]
        [--width 256] [--depth 6] [--heads 4] [--length 256] [--batch 32] [--optimizer adamw]

The same sizes for both: a transformer of characters by AdamW, in float32 and in bfloat16, then one
row written with a cache in float32. `PYTHON` is one that has PyTorch, for
`peers/torch_language_model.py`. First it prints what products of matrices reach. Never fails by a
clock.
"""

import argparse
import pathlib
import re
import subprocess
import time

import keras
import numpy as np
import tensorflow as tf

import tfgen
from tfgen.tokenizers import Characters

PEER = pathlib.Path(__file__).parent / "peers" / "torch_language_model.py"
ALPHABET = Characters("".join(map(chr, range(48, 48 + 65))))
SIZES = ("batch", "length", "width", "depth", "heads", "seconds")


def model(o, policy):
    """The language model of the sizes asked for, under a precision policy."""
    keras.config.set_dtype_policy(policy)
    network = tfgen.networks.language_transformer(
        ALPHABET.size, o.length, o.width, o.depth, o.heads
    )
    return tfgen.LanguageModel(network, ALPHABET)


def optimizer(name, policy):
    """AdamW as the peer has it, or the recipe's Muon."""
    if name == "adamw":
        return keras.optimizers.AdamW(1e-3, weight_decay=0.1, beta_2=0.99)
    products = "bfloat16" if policy == "mixed_bfloat16" else "float32"
    return tfgen.training.Muon(1e-2, exclude_layers=["logits"], product_dtype=products)


def training_speed(o, policy):
    """Tokens a second of training steps."""
    trained = model(o, policy)
    trained.compile(optimizer(o.optimizer, policy))
    rows = np.random.default_rng(0).integers(0, 65, [o.batch, o.length]).astype(np.int32)
    step = tf.function(trained.train_step)
    return o.batch * o.length * rate(lambda: step(tf.constant(rows))["loss"].numpy(), o.seconds)


def writing_speed(o):
    """Tokens a second of one row that is written to its end."""
    writer = model(o, "float32")
    writer.network.outputs_layer.bias.assign([0.0] * 65 + [-1e9])
    return o.length * rate(lambda: writer.sample(1, 0).numpy(), o.seconds)


def rate(function, seconds):
    """Calls a second, after one that compiles."""
    function()
    began, calls = time.perf_counter(), 0
    while time.perf_counter() - began < seconds:
        function()
        calls += 1
    return calls / (time.perf_counter() - began)


def peak(dtype, size=2048):
    """GFLOP/s of a product of square matrices."""
    a = tf.cast(tf.random.normal([size, size]), dtype)
    product = tf.function(lambda: tf.matmul(a, a)[:1, :1])
    return 2 * size**3 * rate(lambda: product().numpy(), 2) / 1e9


def peer(o, *more):
    """What the peer prints."""
    sizes = [f"--{name}={getattr(o, name)}" for name in SIZES]
    command = [o.peer_python, str(PEER), *sizes, *more]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(re.findall(r"([\d,.]+) tokens/s", output)[-1].replace(",", ""))


def main():
    """Measure in turn, and print."""
    parser = argparse.ArgumentParser()
    for name, number in zip(SIZES, (32, 256, 256, 6, 4, 15), strict=True):
        parser.add_argument(f"--{name}", type=int, default=number)
    parser.add_argument("--optimizer", choices=("adamw", "muon"), default="adamw")
    parser.add_argument("--peer-python", help="a Python that has PyTorch")
    o = parser.parse_args()
    for dtype in ("float32", "bfloat16"):
        print(f"peak, {dtype}: {peak(dtype):,.0f} GFLOP/s", flush=True)
    works = {
        "training, float32": (lambda: training_speed(o, "float32"), ["--what=train"]),
        "training, bfloat16": (lambda: training_speed(o, "mixed_bfloat16"),
                               ["--what=train", "--bfloat16"]),
        "writing, one row": (lambda: writing_speed(o), ["--what=write"]),
    }  # fmt: skip
    for name, (own, arguments) in works.items():
        speed = own()
        line = f"{name}: {speed:,.0f} tokens/s"
        if o.peer_python:
            other = peer(o, *arguments)
            line += f"; PyTorch {other:,.0f}; ratio {speed / other:.2f}"
        print(line, flush=True)


if __name__ == "__main__":
    main()
