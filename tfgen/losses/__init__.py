"""Pure functions that judge examples: one value per example, never reduced over the batch."""

from tfgen.losses.rates import Capacity as Capacity
from tfgen.losses.rates import FreeBits as FreeBits
from tfgen.losses.rates import Total as Total
from tfgen.losses.rates import TotalFreeBits as TotalFreeBits
from tfgen.losses.rates import kl as kl
from tfgen.losses.rates import kl_per_dimension as kl_per_dimension
