"""tfgen: generative models for Keras."""

import lazy_loader

from tfgen import registration

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["callbacks", "data", "endpoints", "export", "gan", "kinds", "likelihoods", "losses",
                "metrics", "networks", "plots", "priors", "quantizers", "recipes", "sampling",
                "schedules", "training", "vae", "vq"],
    submod_attrs={
        "endpoints": ["Endpoint"],
        "gan": ["GAN"],
        "loading": ["load_model"],
        "training": ["GenerativeModel"],
        "vae": ["VAE", "IWAE"],
        "vq": ["VQGAN", "VQVAE"],
    },
)  # fmt: skip
registration.with_keras()
__version__ = "0.1.0"
