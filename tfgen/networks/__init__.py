"""Functions that return built keras.Models, tensor → tensor."""

from tfgen.networks.conv import conv_decoder as conv_decoder
from tfgen.networks.conv import conv_encoder as conv_encoder
from tfgen.networks.dcgan import dcgan_discriminator as dcgan_discriminator
from tfgen.networks.dcgan import dcgan_generator as dcgan_generator
from tfgen.networks.grid import grid_decoder as grid_decoder
from tfgen.networks.grid import grid_encoder as grid_encoder
from tfgen.networks.language import language_transformer as language_transformer
from tfgen.networks.latent_decoders import gru_text_decoder as gru_text_decoder
from tfgen.networks.latent_decoders import transformer_text_decoder as transformer_text_decoder
from tfgen.networks.made import masked_mlp as masked_mlp
from tfgen.networks.minibatch import MinibatchStdDev as MinibatchStdDev
from tfgen.networks.mlp import mlp as mlp
from tfgen.networks.patch import patch_discriminator as patch_discriminator
from tfgen.networks.r3gan import r3gan_discriminator as r3gan_discriminator
from tfgen.networks.r3gan import r3gan_generator as r3gan_generator
from tfgen.networks.recurrent import language_gru as language_gru
from tfgen.networks.residual import residual_discriminator as residual_discriminator
from tfgen.networks.residual import residual_generator as residual_generator
from tfgen.networks.spectral import SpectralNormalization as SpectralNormalization
from tfgen.networks.text_encoders import gru_text_encoder as gru_text_encoder
from tfgen.networks.text_encoders import transformer_text_encoder as transformer_text_encoder
from tfgen.networks.transformer import causal_transformer as causal_transformer
from tfgen.networks.transformer import masked_transformer as masked_transformer
from tfgen.networks.unet import velocity_unet as velocity_unet
from tfgen.networks.velocity import velocity_mlp as velocity_mlp
