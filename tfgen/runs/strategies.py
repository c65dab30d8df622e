"""How a training is spread over devices and machines, and who writes its files."""

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def check_cluster(name: str) -> None:
    """Raise `ValueError` where TF_CONFIG does not name the workers that `multiworker` needs."""
    text = os.environ.get("TF_CONFIG")
    if name == "multiworker" and text is not None:
        _check_config(text)


def strategy(name: str) -> Any:
    """Return the `tf.distribute.Strategy` of a name: "default", "mirrored" or "multiworker".

    To be called before TensorFlow does anything else: several workers must meet first.
    """
    import tensorflow as tf

    if name == "mirrored":
        return tf.distribute.MirroredStrategy()
    if name == "multiworker":
        return tf.distribute.MultiWorkerMirroredStrategy()
    return tf.distribute.get_strategy()


def is_chief(strategy: Any) -> bool:
    """Whether this process is the one that speaks and writes."""
    resolver = strategy.cluster_resolver
    return resolver is None or not resolver.task_type or resolver.task_id == 0


@contextlib.contextmanager
def own_directory(directory: Path, chief: bool) -> Iterator[Path]:
    """Yield where this worker writes: the chief in the run, the others where it is thrown away.

    All workers do all the work, since some variables can only be read by all of them together.
    """
    if chief:
        yield directory
        return
    with tempfile.TemporaryDirectory() as elsewhere:
        yield Path(elsewhere)


def _check_config(text):
    try:
        config = json.loads(text)
        workers, task = config["cluster"]["worker"], config["task"]
        hosts = isinstance(workers, list) and workers and all(map(_is_address, workers))
        known = task["type"] in ("worker", "chief", "evaluator", "ps")
        chosen = isinstance(task["index"], int) and task["index"] >= 0
        last = task["type"] != "worker" or task["index"] < len(workers)
        good = hosts and known and chosen and last
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise ValueError(
            f"TF_CONFIG is {text[:80]!r}: expected JSON that names all workers and this one, as in "
            '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, "task": {"type": "worker", '
            '"index": 0}}. Set it so, or leave it out to train alone.'
        )


def _is_address(text):
    host, colon, port = text.rpartition(":") if isinstance(text, str) else ("", "", "")
    return bool(host and colon and port.isdecimal() and int(port) < 2**16)
