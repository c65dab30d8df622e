"""tfgen: generative models for Keras."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["callbacks", "data", "endpoints", "export", "likelihoods", "losses", "metrics",
                "networks", "plots", "recipes", "sampling", "schedules", "training", "vae"],
    submod_attrs={
        "endpoints": ["Endpoint"],
        "training": ["GenerativeModel"],
        "vae": ["VAE", "IWAE"],
    },
)  # fmt: skip
__version__ = "0.1.0"
