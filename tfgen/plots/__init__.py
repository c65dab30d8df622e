"""Figures of what a generative model has learned.

Pictures are uint8 arrays `[height, width, channels]`; figures are matplotlib Figures made without
pyplot, so that they can be made in threads, on servers and in notebooks. `save` writes both.
"""

import lazy_loader

# Names are those of `__init__.pyi`, and are imported when they are first asked for.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
