"""Priors: what latents are drawn from, before and once an autoencoder is trained."""

from tfgen.priors.causal import CausalTokenPrior
from tfgen.priors.flows import AutoregressiveFlow, CouplingFlow
from tfgen.priors.latent_generator import LatentGenerator
from tfgen.priors.masked import MaskedTokenPrior
from tfgen.priors.mixture import GaussianMixture
from tfgen.priors.prior import Prior
from tfgen.priors.standard import StandardNormal
from tfgen.priors.token_generator import TokenGenerator
from tfgen.priors.vamp import VampPrior

__all__ = ["AutoregressiveFlow", "CausalTokenPrior", "CouplingFlow", "GaussianMixture",
           "LatentGenerator", "MaskedTokenPrior", "Prior", "StandardNormal", "TokenGenerator",
           "VampPrior"]  # fmt: skip
