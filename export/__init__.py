"""Ships generators: SavedModels for TF Serving, TFLite files for devices, with proof."""

from tfgen.export.app.folder import to_app
from tfgen.export.modes import MODES
from tfgen.export.proof.limits import LIMITS, Limits
from tfgen.export.proof.report import Report
from tfgen.export.proof.verify import verify
from tfgen.export.serving.saved_model import to_saved_model
from tfgen.export.serving.serving_kit import serving_kit
from tfgen.export.tflite.file.inspect import Inspection, inspect
from tfgen.export.tflite.to_tflite import to_tflite
from tfgen.export.web.page import to_web

__all__ = ["LIMITS", "MODES", "Inspection", "Limits", "Report", "inspect", "serving_kit", "to_app",
           "to_saved_model", "to_tflite", "to_web", "verify"]  # fmt: skip
