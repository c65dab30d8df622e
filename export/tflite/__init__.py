"""TFLite files: endpoints are converted, joined, and say what they are."""
