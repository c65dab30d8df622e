"""Runs TFLite files on the machine it is started on, real or emulated; knows nothing of tfgen.

python answers.py INPUTS.npz ANSWERS.npz FILE...: INPUTS has arrays `signature/input`, [rows, ...];
ANSWERS gets arrays `file/signature/output`. Signatures without inputs are left out.
"""

import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter


def main(inputs, answers, *files):
    """Write the answers of all files."""
    given = {}
    for name, array in np.load(inputs).items():
        signature, key = name.split("/")
        given.setdefault(signature, {})[key] = array
    found = {}
    for file in files:
        interpreter = Interpreter(file, num_threads=1)
        for signature in interpreter.get_signature_list().keys() & given.keys():
            runner = interpreter.get_signature_runner(signature)
            for name, answer in run(runner, given[signature]).items():
                found[f"{Path(file).stem}/{signature}/{name}"] = answer
    np.savez(answers, **found)


def run(runner, inputs):
    """Return the outputs for all rows, one at a time."""
    count = len(next(iter(inputs.values())))
    rows = [runner(**{k: v[i : i + 1] for k, v in inputs.items()}) for i in range(count)]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


if __name__ == "__main__":
    main(*sys.argv[1:])
