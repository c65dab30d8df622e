"""SavedModels for TF Serving, and all that stands around them in production."""
