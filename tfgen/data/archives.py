"""Files of NumPy arrays as collections."""

import zipfile
import zlib
from pathlib import Path

import numpy as np

from tfgen.data.arrays import Arrays, from_parts

SUFFIXES = (".npy", ".npz")
_EXAMPLES = ("x", "images", "arr_0")
_LABELS = ("y", "labels", "arr_1")
_ERRORS = (OSError, ValueError, EOFError, SyntaxError, zipfile.BadZipFile, zlib.error)


def from_archive(path) -> Arrays:
    """Return the collection of the arrays of a file.

    Args:
        path: of a `.npy` file of examples; it is read as needed if it is too large for memory. Or
            of an `.npz` file with "x", "images" or "arr_0", and labels "y", "labels" or "arr_1" if
            there are any; or with "x_train", "x_test", "y_train" and "y_test".

    Raises:
        FileNotFoundError: without the file.
        ValueError: for a damaged file, other names, or arrays that `from_arrays` refuses.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not a file: expected NumPy arrays. Check the path.")
    if path.suffix.lower() == ".npy":
        return from_parts({"train": (_loaded(path, lambda file: file), None)}, path)
    arrays = _loaded(path, _members)
    parts, used = _parts(path, arrays)
    beside = sorted(set(arrays) - used)
    notes = (f"left out: the arrays {', '.join(beside)}",) if beside else ()
    return from_parts(parts, path, notes)


def _loaded(path, read):
    mapped = "r" if path.suffix.lower() == ".npy" else None
    try:
        return read(np.load(path, mmap_mode=mapped, allow_pickle=False))
    except _ERRORS as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ValueError(
            f"{path} is not a readable file of arrays ({reason}): expected numbers saved by "
            "np.save or np.savez. Save it again."
        ) from error
    except AttributeError as error:  # an array under the name of an archive has no `files`
        raise ValueError(
            f"{path} holds one array: expected the archive of an .npz file. Name it .npy."
        ) from error


def _members(file):
    members = {name: file[name] for name in file.files}
    if strange := [name for name, array in members.items() if not isinstance(array, np.ndarray)]:
        raise ValueError(f"{strange[0]} in it is no array")
    return members


def _parts(path, arrays):
    """`{split: (examples, labels or None)}`, and the names of these arrays."""
    if "x_train" in arrays:
        splits = ("train", "test") if "x_test" in arrays else ("train",)
        names = {split: (f"x_{split}", f"y_{split}") for split in splits}
    else:
        alone = list(arrays) if len(arrays) == 1 else []
        examples = next((name for name in (*_EXAMPLES, *alone) if name in arrays), None)
        if examples is None:
            raise ValueError(
                f"{path} has the arrays {', '.join(sorted(arrays)) or '(none)'}: expected x, "
                "images or arr_0, or x_train and x_test. Save it with one of these names."
            )
        labels = [name for name in _LABELS if name in arrays and name != examples]
        names = {"train": (examples, next(iter(labels), None))}
    used = {name for pair in names.values() for name in pair if name in arrays}
    return {k: (arrays[x], arrays.get(y)) for k, (x, y) in names.items()}, used
