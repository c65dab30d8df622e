"""Autoencoders with discrete latents."""

from tfgen.vq.tokens import tokens
from tfgen.vq.vqvae import VQVAE

__all__ = ["VQVAE", "tokens"]
