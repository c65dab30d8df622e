"""Priors: what latents are drawn from, before and once an autoencoder is trained."""

from tfgen.priors.causal import CausalTokenPrior
from tfgen.priors.masked import MaskedTokenPrior
from tfgen.priors.prior import Prior
from tfgen.priors.standard import StandardNormal
from tfgen.priors.token_generator import TokenGenerator

__all__ = ["CausalTokenPrior", "MaskedTokenPrior", "Prior", "StandardNormal", "TokenGenerator"]
