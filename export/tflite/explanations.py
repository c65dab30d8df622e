"""What the converter says in many lines, in one."""

import re
from pathlib import Path

import keras
import tensorflow as tf

_HOUSE = Path(__file__).parents[1]  # of export
_NOT_THE_USER = (*(str(Path(file).parent) for file in (tf.__file__, keras.__file__)), str(_HOUSE))
SIGNATURE = "serving_default"  # of the temporary SavedModels that are converted


def explained(error, endpoint, mode, operations):
    """Return the one-line ValueError for what the converter said in many."""
    missing = _missing_operations(str(error))
    if integer := re.search(rf"Failed for tensor {SIGNATURE}_(\w+):0", str(error)):
        return ValueError(
            f"Endpoint {endpoint!r} has the integer input {integer[1]!r}, which TFLite cannot "
            f"calibrate for {mode}. Use dynamic_int8, or leave out the endpoint."
        )
    if not missing:
        line = next((line for line in str(error).splitlines() if line.strip()), repr(error))
        return ValueError(f"TFLite conversion of endpoint {endpoint!r} to {mode} failed: {line}")
    line = _origin(operations, missing)
    return ValueError(
        f"Endpoint {endpoint!r} uses {', '.join(sorted(missing))}{line and f' ({line})'}, which "
        "TFLite does not have "
        f"built in for {mode}. Replace it in the endpoint's function, or leave out the endpoint "
        "or the mode."
    )


def _missing_operations(text):
    lists = re.findall(r"(?:Select|Custom|Flex) ops: ([^\n]*)", text)
    names = {name.strip() for found in lists for name in found.split(",")}
    names |= set(re.findall(r"not yet supported for op: '(\w+)'", text))
    return {name for name in names if name}


def _origin(operations, names):
    """Return `"file.py, line 12"` of the code that made an operation of one of these types.

    Nothing, an empty text, where there is none, or no code outside of TensorFlow and Keras.
    """
    for operation in operations:
        if operation.type in names:
            for frame in reversed(list(operation.traceback)):
                if not _is_library(frame.filename):
                    return f"{Path(frame.filename).name}, line {frame.lineno}"
    return ""


def _is_library(filename):
    return filename.startswith((*_NOT_THE_USER, "<")) or "site-packages/tensorflow" in filename
