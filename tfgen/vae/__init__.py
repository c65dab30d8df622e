"""Variational autoencoders."""

from tfgen.vae.iwae import IWAE
from tfgen.vae.vae import VAE

__all__ = ["IWAE", "VAE"]
