"""Runs TFLite files by OpenVINO; knows nothing of tfgen.

python answers.py INPUTS.npz ANSWERS.npz FILE...: INPUTS has arrays by the names of the inputs,
[rows, ...]; ANSWERS gets arrays `file/output`, or `file` with the reason why it is not read.
"""

import sys
from pathlib import Path

import numpy as np
import openvino

EXACT = {"INFERENCE_PRECISION_HINT": "f32"}  # it computes in bfloat16 where the processor has it


def main(inputs, answers, *files):
    """Write the answers of all files."""
    given, found = dict(np.load(inputs)), {}
    for file in files:
        try:
            model = openvino.Core().compile_model(file, "CPU", EXACT)
        except RuntimeError as error:
            found[Path(file).stem] = str(error)
            continue
        for name, answer in run(model, given).items():
            found[f"{Path(file).stem}/{name}"] = answer
    np.savez(answers, **found)


def run(model, given):
    """Return the outputs by name for all rows, one at a time."""
    names = [_name(port) for port in model.inputs]
    rows = []
    for i in range(len(given[names[0]])):
        answered = model({name: given[name][i : i + 1] for name in names})
        rows.append({_name(port): answered[port] for port in model.outputs})
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def _name(port):
    """Return the name of an input or output; inner tensors, called by numbers, may be merged in."""
    return next(name for name in sorted(port.names) if not name.isdecimal())


if __name__ == "__main__":
    main(*sys.argv[1:])
