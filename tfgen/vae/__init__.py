"""Variational autoencoders."""

from tfgen.vae.adversarial import AdversarialAutoencoder
from tfgen.vae.factor_vae import FactorVAE
from tfgen.vae.iwae import IWAE
from tfgen.vae.rae import RAE
from tfgen.vae.second_stage import SecondStage
from tfgen.vae.text_vae import TextVAE
from tfgen.vae.vae import VAE

__all__ = ["IWAE", "RAE", "VAE", "AdversarialAutoencoder", "FactorVAE", "SecondStage", "TextVAE"]
