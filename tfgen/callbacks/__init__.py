"""Callbacks for `fit`: pictures while training, alarms, and backups that survive a crash."""

from tfgen.callbacks.alarms import (
    CollapseWarning,
    StopOnModeCollapse,
    StopOnNaN,
)
from tfgen.callbacks.backup import Backup
from tfgen.callbacks.history import HistoryFile
from tfgen.callbacks.judgement import Judgement
from tfgen.callbacks.pictures import Reconstructions, SampleGrid, Traversal
from tfgen.errors import ModeCollapseError, NotFiniteError

__all__ = [
    "Backup",
    "CollapseWarning",
    "HistoryFile",
    "Judgement",
    "ModeCollapseError",
    "NotFiniteError",
    "Reconstructions",
    "SampleGrid",
    "StopOnModeCollapse",
    "StopOnNaN",
    "Traversal",
]
