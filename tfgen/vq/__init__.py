"""Autoencoders with discrete latents."""

from tfgen.vq.tokens import tokens
from tfgen.vq.vqgan import VQGAN
from tfgen.vq.vqvae import VQVAE

__all__ = ["VQGAN", "VQVAE", "tokens"]
