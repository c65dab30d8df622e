"""Figures of what a generative model has learned.

Pictures are uint8 arrays `[height, width, channels]`; figures are matplotlib Figures made without
pyplot, so that they can be made in threads, on servers and in notebooks. `save` writes both.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "curves": ["training_curves"],
        "files": ["png", "save", "save_grid"],
        "grids": ["image_grid", "reconstructions"],
        "scatters": ["latent_scatter", "scatter"],
        "walks": ["directions", "interpolations", "traversal"],
    },
)
