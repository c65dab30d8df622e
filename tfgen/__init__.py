"""tfgen: generative models for Keras."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["callbacks", "data", "endpoints", "export", "gan", "kinds", "likelihoods", "losses",
                "metrics", "networks", "plots", "presets", "priors", "quantizers", "recipes",
                "runs", "sampling", "schedules", "training", "vae", "vq"],
    submod_attrs={
        "endpoints": ["Endpoint"],
        "gan": ["GAN"],
        "loading": ["load_model", "load_preset"],
        "training": ["GenerativeModel"],
        "vae": ["VAE", "IWAE"],
        "vq": ["VQGAN", "VQVAE"],
    },
)  # fmt: skip
__version__ = "0.1.0"
