"""What can end a training that was begun well, each by a name of its own.

A command line that expects these, and wrong input as `ValueError` and its like, hides no mistake in
the program itself.
"""


class TrainingError(Exception):
    """Training could not go on; the message says why, and what to do, in one line."""


class NotFiniteError(TrainingError, FloatingPointError):
    """A logged quantity or a weight is NaN or infinite; raised by `callbacks.StopOnNaN`."""


class ModeCollapseError(TrainingError, ArithmeticError):
    """A generator makes one example only; raised by `callbacks.StopOnModeCollapse`."""


class DamagedDataError(TrainingError, OSError):
    """A stored example can't be read, as its file is damaged; raised by `fit` and `evaluate`."""


class WorkerLostError(TrainingError, RuntimeError):
    """Another worker of the same training is gone; raised by `fit` and `evaluate`."""
