"""Whether the files of a TFDS data set are whole."""

import contextlib
import os

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


@contextlib.contextmanager
def naming_damage(name, folder):
    """Errors of reading records inside become one line that says where and what to do."""
    try:
        yield
    except (tf.errors.DataLossError, tf.errors.NotFoundError, tf.errors.OutOfRangeError) as error:
        raise ValueError(_damaged(name, folder, error.message.splitlines()[0])) from error


def _damaged(name, where, reason):
    return (
        f"{name!r} is damaged: {where} ({reason}). Delete its folder, and it is prepared again, or "
        "copy it anew."
    )
