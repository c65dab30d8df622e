"""Quantizers: from vectors to the codes of a finite codebook and back.

A quantizer is a layer. `quantizer(inputs [batch, ..., code_dim], training)` returns a
`Quantized(codes, indices, loss)`: the codes in the place of the inputs, with a gradient to them,
their indices, int32, and a loss for each example. `lookup(indices)` gives the codes back, and
`codebook_size` says how many there are.
"""

from tfgen.quantizers.ema import EMAQuantizer as EMAQuantizer
from tfgen.quantizers.fsq import FSQ as FSQ
from tfgen.quantizers.gradients import rotation_trick as rotation_trick
from tfgen.quantizers.gradients import straight_through as straight_through
from tfgen.quantizers.projected import Projected as Projected
from tfgen.quantizers.quantizer import Quantized as Quantized
from tfgen.quantizers.quantizer import Quantizer as Quantizer
from tfgen.quantizers.residual import ResidualQuantizer as ResidualQuantizer
from tfgen.quantizers.scalars import ScalarQuantizer as ScalarQuantizer
from tfgen.quantizers.vectors import VectorQuantizer as VectorQuantizer
