"""Pure functions that judge examples: one value per example, never reduced over the batch."""

from tfgen.losses.adversarial import AdversarialLoss as AdversarialLoss
from tfgen.losses.adversarial import hinge as hinge
from tfgen.losses.adversarial import least_squares as least_squares
from tfgen.losses.adversarial import non_saturating as non_saturating
from tfgen.losses.adversarial import relativistic as relativistic
from tfgen.losses.adversarial import wasserstein as wasserstein
from tfgen.losses.aggregate import DIP as DIP
from tfgen.losses.aggregate import MMD as MMD
from tfgen.losses.aggregate import AggregateRate as AggregateRate
from tfgen.losses.aggregate import Latents as Latents
from tfgen.losses.aggregate import TotalCorrelation as TotalCorrelation
from tfgen.losses.aggregate import aggregate_log_probs as aggregate_log_probs
from tfgen.losses.aggregate import discrepancy as discrepancy
from tfgen.losses.aggregate import kl_parts as kl_parts
from tfgen.losses.penalties import GradientPenalty as GradientPenalty
from tfgen.losses.penalties import interpolation_penalty as interpolation_penalty
from tfgen.losses.penalties import lazy as lazy
from tfgen.losses.penalties import r1 as r1
from tfgen.losses.penalties import r2 as r2
from tfgen.losses.perceptual import perceptual_distance as perceptual_distance
from tfgen.losses.rates import Capacity as Capacity
from tfgen.losses.rates import FreeBits as FreeBits
from tfgen.losses.rates import Total as Total
from tfgen.losses.rates import TotalFreeBits as TotalFreeBits
from tfgen.losses.rates import kl as kl
from tfgen.losses.rates import kl_per_dimension as kl_per_dimension
