"""tfgen: generative models for Keras."""

import lazy_loader

from tfgen import registration

# Names are those of `__init__.pyi`, and are imported when they are first asked for.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
registration.with_keras()
__version__ = "0.3.0"
