from tfgen.export.tflite import to_tflite
from tfgen.export.saved_model import to_saved_model
