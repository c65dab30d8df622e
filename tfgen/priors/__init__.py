"""What replaces uniform tokens once an autoencoder is trained."""

from tfgen.priors.causal import CausalTokenPrior
from tfgen.priors.masked import MaskedTokenPrior
from tfgen.priors.token_generator import TokenGenerator

__all__ = ["CausalTokenPrior", "MaskedTokenPrior", "TokenGenerator"]
