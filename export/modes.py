"""How the numbers of a TFLite file are stored: the list of all ways, and the word for no file."""

MODES = ("float32", "float16", "dynamic_int8", "int8", "int16x8")
ASKED_FOR = ("dynamic_int4",)  # made only where it is asked for
SAVED_MODEL = "saved_model"  # what stands in a mode's place where there is no TFLite file

CALIBRATED = frozenset({"int8", "int16x8"})  # whose activations need ranges
SPOILS_NOISE = frozenset({"float16", "int8", "int16x8"})  # in which noise would lose its exactness
