"""Where in the user's code an operation comes from."""

from pathlib import Path

import keras
import tensorflow as tf

_NOT_THE_USER = tuple(str(Path(file).parent) for file in (tf.__file__, keras.__file__, __file__))


def origin(operations, names):
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
