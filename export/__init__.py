"""Ships generators: SavedModels for TF Serving, TFLite files for devices, with proof."""

from tfgen.export.app import to_app
from tfgen.export.conversion import MODES
from tfgen.export.inspect import Inspection, inspect
from tfgen.export.limits import LIMITS, Limits
from tfgen.export.report import Report
from tfgen.export.saved_model import to_saved_model
from tfgen.export.serving import serving_kit
from tfgen.export.tflite import to_tflite
from tfgen.export.verify import verify
from tfgen.export.web import to_web

__all__ = ["LIMITS", "MODES", "Inspection", "Limits", "Report", "inspect", "serving_kit", "to_app",
           "to_saved_model", "to_tflite", "to_web", "verify"]  # fmt: skip
