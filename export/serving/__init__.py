"""All that stands around a SavedModel in production: the server's settings, and its clients."""

from tfgen.export.serving.serving_kit import serving_kit

__all__ = ["serving_kit"]
