"""Generative adversarial networks."""

from tfgen.gan import augment, latents
from tfgen.gan.augment import AdaptiveAugment, DiffAugment
from tfgen.gan.gan import GAN

__all__ = ["GAN", "AdaptiveAugment", "DiffAugment", "augment", "latents"]
