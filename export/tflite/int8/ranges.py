"""Ranges of activations for int8, narrower than what calibration has seen.

The converter takes the least and the largest number that it met; one bright pixel then costs all
others their resolution, the more so the more examples there are. Here each range is the one with
the least mean squared error on the examples. And beyond a certain size, the input of a sigmoid or
tanh says nothing: a trained network's logits reach 30 and more, and would leave few of 256 steps
to the pixels' edges.

Reference: Nagel et al. 2021, "A white paper on neural network quantization", arXiv 2106.08295,
section 3.1, for ranges by mean squared error.
"""

import itertools
import warnings

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter
from tfgen.export.tflite.file.parsed import parsed, serialized, steps

# There, the function is flat to 4e-4, a tenth of an int8 step of its output.
_FLAT_BEYOND = {schema.BuiltinOperator.LOGISTIC: 8.0, schema.BuiltinOperator.TANH: 4.5}
_SHARES = np.linspace(0.3, 1.0, 15)  # of a range's ends
_STEPS, _BINS = 255, 2048


def narrowed(calibrated, batches):
    """Return a calibrated float TFLite file with narrower ranges, by the calibration's batches."""
    model = parsed(calibrated)
    if len(model.subgraphs) > 1:  # of branches, whose tensors cannot be looked at
        return calibrated
    graph = model.subgraphs[0]
    activations = _activations(model, graph)
    slopes = _slopes(model, graph)
    for index, histogram in _histograms(calibrated, graph, activations, batches).items():
        set_range(graph.tensors[index], *_best_range(*histogram, slopes.get(index, 1.0)))
    for index, limit in _flat(model, graph).items():
        old = graph.tensors[index].quantization
        set_range(graph.tensors[index], *np.clip([old.min[0], old.max[0]], -limit, limit))
    return serialized(model)


def _activations(model, graph):
    """Return the indices of all tensors with a range but the outputs."""
    made = {int(index) for operator in graph.operators for index in operator.outputs}
    made |= {int(index) for index in graph.inputs}
    return [
        index
        for index in sorted(made - {int(i) for i in graph.outputs})
        if _has_range(graph.tensors[index])
    ]


def _has_range(tensor):
    quantization = tensor.quantization
    return quantization is not None and quantization.min is not None and len(quantization.min) == 1


def _histograms(calibrated, graph, indices, batches):
    """Return `{index: (counts, edges)}` of the numbers in the tensors, over all batches."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the memory for intermediate tensors, which we want
        interpreter = Interpreter(
            model_content=bytes(calibrated), num_threads=1, experimental_preserve_all_tensors=True
        )
    [key] = interpreter.get_signature_list()
    runner, found = interpreter.get_signature_runner(key), {}
    for batch in batches:
        runner(**{name: np.asarray(array) for name, array in batch.items()})
        for index in indices:
            values = _values(interpreter, index)
            if values is None:
                continue
            old = graph.tensors[index].quantization
            limits = (min(float(old.min[0]), 0.0), max(float(old.max[0]), 0.0) or 1e-6)
            counts, edges = np.histogram(values, _BINS, limits)
            found[index] = (found[index][0] + counts if index in found else counts, edges)
    return found


def _values(interpreter, index):
    """Return a tensor's numbers, or None where the runtime keeps none.

    Such a tensor stays with the range that the converter found.
    """
    try:
        return interpreter.get_tensor(index)
    except ValueError:
        return None


def _best_range(counts, edges, slope):
    """Return the least and the largest number of the range with the least squared error.

    Errors of negative numbers count `slope` times, as a leaky ReLU lets them pass.
    """
    centres = (edges[:-1] + edges[1:]) / 2
    weights = counts * np.where(centres < 0, slope**2, 1.0)
    ranges = itertools.product(edges[0] * _SHARES, edges[-1] * _SHARES)
    return min(ranges, key=lambda ends: _squared_error(weights, centres, *ends))


def _squared_error(weights, centres, low, high):
    """Of what is cut off, and of the rounding of what is not: a step's uniform variance."""
    beyond = centres - centres.clip(low, high)
    rounding = ((high - low) / _STEPS) ** 2 / 12
    return float(np.sum(weights * np.where(beyond == 0, rounding, beyond**2)))


def _slopes(model, graph):
    """Return `{index: slope}` of the tensors that only leaky ReLUs read."""
    leaky = schema.BuiltinOperator.LEAKY_RELU
    readers = _readers(model, graph)
    return {
        index: max(operator.builtinOptions.alpha for _, operator in found)
        for index, found in readers.items()
        if all(code == leaky for code, _ in found)
    }


def align_leaky(model, graph):
    """Give the outputs of leaky ReLUs the steps of their inputs."""
    for code, operator in steps(model, graph):
        tensors = [graph.tensors[i] for i in (*operator.inputs, *operator.outputs)]
        if code == schema.BuiltinOperator.LEAKY_RELU and all(map(_has_range, tensors)):
            source = tensors[0].quantization
            ends = same_steps(source.min[0], source.max[0], operator.builtinOptions.alpha)
            set_range(tensors[1], *ends)


def same_steps(low, high, slope):
    """Return the range of a leaky ReLU's output with the steps of its input from low to high.

    Positive numbers then pass unchanged. With steps of their own they would be rounded once more,
    and off by a factor of up to 1.002, for which runtimes have eight bits.
    """
    return slope * low, slope * low + (high - low)


def _readers(model, graph):
    """Return `{index: [(operator code, operator)]}` of the operators that read each tensor."""
    found = {}
    for step in steps(model, graph):
        for index in step[1].inputs:
            found.setdefault(int(index), []).append(step)
    return found


def _flat(model, graph):
    """Return `{index: limit}` of the tensors that only sigmoids and tanhs read."""
    limits = {
        index: [_FLAT_BEYOND.get(code) for code, _ in found]
        for index, found in _readers(model, graph).items()
    }
    return {
        index: max(found)
        for index, found in limits.items()
        if None not in found and _has_range(graph.tensors[index])
    }


def set_range(tensor, low, high):
    """Give a tensor of a calibrated file another range."""
    tensor.quantization.min = np.array([low], np.float32)
    tensor.quantization.max = np.array([high], np.float32)
