"""One small model of each family, and data that it can learn from."""

import keras
import numpy as np
from gans import images_gan
from models import small_vae

import tfgen
from tfgen import likelihoods, networks, quantizers

SHAPE = (8, 8, 1)


def vqvae():
    """Return an uncompiled VQVAE on 8x8 images."""
    encoder = networks.grid_encoder(SHAPE, code_dim=2, width=4)
    decoder = networks.grid_decoder(2, SHAPE, width=4)
    return tfgen.VQVAE(encoder, decoder, quantizers.FSQ((3, 3)), likelihoods.Bernoulli())


def vqgan():
    """Return an uncompiled VQGAN on 8x8 images."""
    return tfgen.VQGAN(vqvae(), networks.patch_discriminator(SHAPE, width=4))


def prior(num_classes=None):
    """Return an uncompiled prior over the tokens of `vqvae`."""
    size = {"width": 8, "depth": 1, "heads": 2, "num_classes": num_classes}
    return tfgen.priors.CausalTokenPrior(networks.causal_transformer(9, 4, **size))


def generator():
    """Return an uncompiled TokenGenerator on 8x8 images."""
    return tfgen.priors.TokenGenerator(vqvae(), prior(), untrained=True)


def flow():
    """Return an uncompiled FlowMatching of 8x8 images."""
    return tfgen.FlowMatching(networks.velocity_unet(SHAPE, 4, 1))


def latents():
    """Return an uncompiled LatentGenerator on 8x8 images."""
    prior = tfgen.priors.CouplingFlow(3, layers=1, hidden=(4,))
    return tfgen.priors.LatentGenerator(small_vae(), prior, untrained=True)


FAMILIES = {
    "VAE": small_vae,
    "conditional VAE": lambda: small_vae(num_classes=3),
    "IWAE": lambda: small_vae(tfgen.IWAE, num_samples=2),
    "GAN": images_gan,
    "conditional GAN": lambda: images_gan(num_classes=3),
    "VQVAE": vqvae,
    "VQGAN": vqgan,
    "prior": prior,
    "conditional prior": lambda: prior(3),
    "TokenGenerator": generator,
    "FlowMatching": flow,
    "LatentGenerator": latents,
}


def good(model, count=8):
    """Return (examples, labels or None) that the model takes."""
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 3 if model.takes.num_classes else None
    if model.takes.dtype == "int32":
        return rng.integers(0, 9, (count, 4)), labels
    low = -1.0 if isinstance(model, tfgen.GAN | tfgen.FlowMatching) else 0.0
    return rng.uniform(low, 1.0, (count, *SHAPE)).astype(np.float32), labels


def compiled(model):
    """Return the model, compiled with the optimizers it has."""
    names = list(model.optimizer_targets) or ["optimizer"]
    model.compile(**{name: keras.optimizers.Adam(1e-3) for name in names})
    return model


def one_line(error):
    """Whether an error is one line that a person can read."""
    text = str(error)
    return "\n" not in text and len(text) < 500 and "received" in text
