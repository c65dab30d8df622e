"""Ships generators: SavedModels for TF Serving, TFLite files for devices, with proof."""

from tfgen.export.conversion import MODES
from tfgen.export.inspect import Inspection, inspect
from tfgen.export.saved_model import to_saved_model
from tfgen.export.tflite import to_tflite
from tfgen.export.verify import Report, verify
from tfgen.export.web import to_web

__all__ = ["MODES", "Inspection", "Report", "inspect", "to_saved_model", "to_tflite", "to_web",
           "verify"]  # fmt: skip
