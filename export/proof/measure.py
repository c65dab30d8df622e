"""Runs a TFLite signature and says how fast and how right it is."""

import statistics
import time

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def runner(path, name, threads):
    """Return the function of the signature `name`; it keeps its interpreter alive."""
    return Interpreter(str(path), num_threads=threads).get_signature_runner(name)


def run(runner, examples):
    """Run all examples in the file's static batch size; left-over rows are padded and dropped.

    Outputs that are uint8 pixels come in float32.
    """
    batch, count = _batch_size(runner), len(next(iter(examples.values())))
    pieces, scales = [], {n: d["quantization"] for n, d in runner.get_output_details().items()}
    for start in range(0, count, batch):
        rows = np.minimum(np.arange(start, start + batch), count - 1)
        pieces.append(runner(**{name: array[rows] for name, array in examples.items()}))
    outputs = {name: np.concatenate([p[name] for p in pieces])[:count] for name in pieces[0]}
    return {name: _dequantized(output, *scales[name]) for name, output in outputs.items()}


def _dequantized(output, scale, zero_point):
    """Return uint8 pixels in the range of the network's own output; else the output."""
    if output.dtype != np.uint8 or not scale:
        return output
    return ((output.astype(np.int32) - zero_point) * scale).astype(np.float32)


def milliseconds(runner, examples, seconds):
    """Return the median time of a call, from `seconds` of calls."""
    batch = _batch_size(runner)
    inputs = {name: np.resize(array, (batch, *array.shape[1:])) for name, array in examples.items()}
    for _ in range(3):
        runner(**inputs)
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        began = time.perf_counter()
        runner(**inputs)
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


def errors(outputs, expected):
    """Return the largest absolute difference, the least PSNR and the least share of equal integers.

    None stands for the first two without floating-point outputs, for the last without integers.

    Example:
        >>> errors({"x": np.array([0.0, 0.9]), "i": np.array([1, 2])},
        ...        {"x": np.array([0.0, 1.0]), "i": np.array([1, 3])})
        (0.09..., 23.0..., 0.5)
    """
    differences, psnrs, agreements = [], [], []
    for name, wanted in expected.items():
        if wanted.dtype.kind in "iub":
            agreements.append(float(np.mean(outputs[name] == wanted)))
            continue
        difference = outputs[name].astype(np.float64) - wanted
        peak = float(np.ptp(wanted)) or 1.0
        mean_square = max(float(np.mean(difference**2)), 1e-20 * peak**2)  # equal: 200 dB
        differences.append(float(np.abs(difference).max()))
        psnrs.append(float(10 * np.log10(peak**2 / mean_square)))
    return max(differences, default=None), min(psnrs, default=None), min(agreements, default=None)


def _batch_size(runner):
    return next(iter(runner.get_input_details().values()))["shape"][0]
