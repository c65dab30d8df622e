"""What judges samples, bounds and latents."""

import lazy_loader

# Lazily, since models need one of these only and scikit-learn's and SciPy's imports take time;
# the names are those of `__init__.pyi`.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
