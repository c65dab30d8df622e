"""Whether the files of a TFDS data set are whole."""

import contextlib
import json
import os
import re
from pathlib import Path

import tensorflow as tf

_FRAME = 16  # bytes that a TFRecord file adds to each record


def check_files(builder, name):
    """Raise ValueError unless every split's files are there, as long as its records are together.

    The information of a data set says how many records there are, and how many bytes they have.
    """
    for split, info in builder.info.splits.items():
        paths = [os.fspath(path) for path in info.filepaths]
        for path in paths:
            if not tf.io.gfile.exists(path):
                raise ValueError(_damaged(name, path, "the file is missing"))
        expected = info.num_bytes + _FRAME * info.num_examples
        found = sum(tf.io.gfile.stat(path).length for path in paths)
        if info.num_bytes and found != expected:
            where = paths[0] if len(paths) == 1 else f"{builder.data_dir}, split {split!r},"
            raise ValueError(
                _damaged(name, where, f"{found:,} bytes, {expected:,} when it was prepared")
            )


def check_information(name, folder):
    """Raise ValueError if the information of a data set that does not open is broken or missing.

    Args:
        name: of the data set.
        folder: of all its configs and versions.
    """
    folder = Path(os.fspath(folder)).expanduser()
    whole = [path for path in folder.rglob("*") if "incomplete." not in str(path.parent)]
    for path in whole:
        if path.suffix == ".json":
            _check_json(name, path)
    for version in sorted({path.parent for path in whole if ".tfrecord" in path.name}):
        for file in ("dataset_info.json", "features.json"):
            if not (version / file).exists():
                raise ValueError(_damaged(name, version / file, "the file is missing"))


def _check_json(name, path):
    try:
        json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(_damaged(name, path, error)) from error


@contextlib.contextmanager
def naming_damage(name, folder):
    """Errors of reading records inside become one line that says where and what to do."""
    try:
        yield
    except (tf.errors.DataLossError, tf.errors.NotFoundError, tf.errors.OutOfRangeError) as error:
        reason = re.sub(r"\{\{.*?\}\} | \[Op:.*", "", error.message.splitlines()[0])
        raise ValueError(_damaged(name, folder, reason)) from error


def _damaged(name, where, reason):
    return (
        f"{name!r} is damaged: {where} ({reason}). Delete its folder, and it is prepared again, or "
        "copy it anew."
    )
