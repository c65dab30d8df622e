"""How a training that can't go on ends: with what its reader needs to know, in one line."""

import contextlib
import pathlib
import re
import traceback

import numpy as np
import tensorflow as tf

import tfgen
from tfgen.errors import DamagedDataError, WorkerLostError

_HOUSE = str(pathlib.Path(tfgen.__file__).parent)
# What TensorFlow makes of a connection that broke; other errors of these kinds say something else.
_KINDS = (
    tf.errors.UnavailableError,
    tf.errors.AbortedError,
    tf.errors.InternalError,
    tf.errors.CancelledError,
    tf.errors.DeadlineExceededError,
    tf.errors.FailedPreconditionError,
)
_GONE = re.compile("collective|socket|connection|connect|peer|unavailable|heartbeat|restart", re.I)


@contextlib.contextmanager
def plain(model, refusals):
    """Raise, in the block, what went wrong in place of the many lines that TensorFlow makes of it.

    Args:
        model: the model that trains.
        refusals: list of what was found wrong with data that are looked at in passing.
    """
    counters = [(v, np.asarray(tf.convert_to_tensor(v))) for v in model.counters()]
    try:
        yield
    except Exception as error:
        plainer = _plainer(model, refusals, error)
        if refusals:  # the step that met the data counted itself before it failed
            for counter, before in counters:
                counter.assign(before)
        if plainer is error:
            raise
        raise plainer from None


def _plainer(model, refusals, error):
    if refusals:
        return refusals[0]
    gone = isinstance(error, _KINDS) and _GONE.search(str(error))
    if gone and _several_workers(model):
        return WorkerLostError(
            "Another worker of this training is gone, so this one ends too. Start all workers "
            "again: with callbacks.Backup, or by the same tfgen train command, they go on after "
            "the last epoch that was kept."
        )
    if isinstance(error, tf.errors.DataLossError):
        said = re.search(r"\w+ record at \d+", str(error)) or ["a record that can't be read"]
        return DamagedDataError(
            f"A file of the data is damaged ({said[0]}): fetch or prepare this data set again; the "
            "same training, started again, goes on after the last epoch that was kept."
        )
    return _said_by_the_house(error) or error


def _several_workers(model):
    return getattr(model.distribute_strategy.extended, "_in_multi_worker_mode", bool)()


def _said_by_the_house(error):
    """Return the error of one line that AutoGraph wrapped into its own, if it was tfgen's."""
    while error is not None:
        frames = traceback.extract_tb(error.__traceback__)
        if hasattr(error, "ag_error_metadata"):
            ours = frames and frames[-1].filename.startswith(_HOUSE)
            return error if ours else None
        error = error.__context__
    return None
