"""How a latent space relates to the factors that its data were made of.

One protocol for all: `codes` are `[count, latents]`, floats such as posterior means, or integers
such as the indices of a quantizer, which count as unordered values; `factors` are integers
`[count, factors]`. Information is in nats. A latent counts as active if its range exceeds a
twentieth of the largest one's or, for indices, if it varies. All is deterministic: what is drawn is
drawn from a seed that is fixed. Numbers of one protocol say nothing beside those of another.
"""

from tfgen.metrics.factors.factor_vae import factor_vae_score as factor_vae_score
from tfgen.metrics.factors.gaps import mig as mig
from tfgen.metrics.factors.gaps import sap as sap
from tfgen.metrics.factors.infomec import info_mec as info_mec
from tfgen.metrics.factors.information import active_latents as active_latents
from tfgen.metrics.factors.information import (
    normalised_information as normalised_information,
)
from tfgen.metrics.factors.predictors import dci as dci
from tfgen.metrics.factors.protocol import disentanglement as disentanglement
