"""Callbacks for `fit`: pictures while training, alarms, and backups that survive a crash."""

from tfgen.callbacks.alarms import (
    CollapseWarning,
    ModeCollapseError,
    StopOnModeCollapse,
    StopOnNaN,
)
from tfgen.callbacks.backup import Backup
from tfgen.callbacks.history import HistoryFile
from tfgen.callbacks.judgement import Judgement
from tfgen.callbacks.pictures import Reconstructions, SampleGrid, Traversal

__all__ = [
    "Backup",
    "CollapseWarning",
    "HistoryFile",
    "Judgement",
    "ModeCollapseError",
    "Reconstructions",
    "SampleGrid",
    "StopOnModeCollapse",
    "StopOnNaN",
    "Traversal",
]
