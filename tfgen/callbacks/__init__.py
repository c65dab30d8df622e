"""Callbacks for `fit`: pictures while training, alarms, and backups that survive a crash."""

from tfgen.callbacks.alarms import CollapseWarning, StopOnNaN
from tfgen.callbacks.backup import Backup
from tfgen.callbacks.history import HistoryFile
from tfgen.callbacks.pictures import Reconstructions, SampleGrid, Traversal

__all__ = [
    "Backup",
    "CollapseWarning",
    "HistoryFile",
    "Reconstructions",
    "SampleGrid",
    "StopOnNaN",
    "Traversal",
]
