"""Functions that return built keras.Models, tensor → tensor."""

from tfgen.networks.conv import conv_decoder as conv_decoder
from tfgen.networks.conv import conv_encoder as conv_encoder
from tfgen.networks.mlp import mlp as mlp
